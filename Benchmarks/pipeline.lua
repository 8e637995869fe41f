-- wrk: sixteen requests at once, then their answers.
local batch

init = function(arguments)
    local one = wrk.format(nil, nil, { Cookie = "session_id=" .. os.getenv("TOKEN") })
    batch = string.rep(one, 16)
end

request = function() return batch end

dofile(os.getenv("FIGURES"))
