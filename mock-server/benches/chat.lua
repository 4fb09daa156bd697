wrk.method = "POST"
wrk.headers["api-key"] = "mock-key-east"
local file = io.open((os.getenv("BODIES") or ".") .. "/chat.json")
wrk.body = file:read("*a")
