-- wrk: twelve fields such as a browser sends, and the cookie.
wrk.headers = {
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ["Accept-Language"] = "en-GB,en;q=0.8,de-DE;q=0.6,de;q=0.4",
    ["Accept-Encoding"] = "gzip, deflate, br, zstd",
    ["Referer"] = "http://127.0.0.1/profile",
    ["DNT"] = "1",
    ["Sec-GPC"] = "1",
    ["Upgrade-Insecure-Requests"] = "1",
    ["Sec-Fetch-Dest"] = "document",
    ["Sec-Fetch-Mode"] = "navigate",
    ["Priority"] = "u=0, i",
    ["Cookie"] = "theme=dark; lang=en; session_id=" .. os.getenv("TOKEN"),
}

dofile(os.getenv("FIGURES"))
