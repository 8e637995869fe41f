-- wrk: each request shows the next of the cookies in the file COOKIES, one token a line.
local requests, at = {}, 0

init = function(arguments)
    for token in io.lines(os.getenv("COOKIES")) do
        requests[#requests + 1] = wrk.format(nil, nil, { Cookie = "session_id=" .. token })
    end
end

request = function()
    at = at % #requests + 1
    return requests[at]
end

dofile(os.getenv("FIGURES"))
