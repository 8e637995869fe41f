-- For wrk: checks the cookies of a file, one after the other, and counts answers other than the one that is right.
local cookies, number, threads = {}, 0, {}
wrong, right = 0, 0

for line in io.lines(os.getenv("COOKIES")) do
    cookies[#cookies + 1] = wrk.format("GET", "/profile", { Host = "localhost", Cookie = "session_id=" .. line })
end

function setup(thread)
    table.insert(threads, thread)
end

function request()
    number = number % #cookies + 1
    return cookies[number]
end

function response(status)
    if status == tonumber(os.getenv("EXPECTED")) then right = right + 1 else wrong = wrong + 1 end
end

function done()
    for _, thread in ipairs(threads) do
        print("judged " .. thread:get("right") .. " right " .. thread:get("wrong") .. " wrong")
    end
end
