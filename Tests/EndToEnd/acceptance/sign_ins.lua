-- For wrk: signs in with one account after the other. The environment says how many there are.
local accounts = tonumber(os.getenv("ACCOUNTS"))
local number = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"

function request()
    number = number % accounts + 1
    return wrk.format(nil, nil, nil, "email=wrk" .. number .. "%40example.com&password=correct+horse")
end
