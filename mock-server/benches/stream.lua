wrk.method = "POST"
wrk.headers["api-key"] = "mock-key-east"
wrk.headers["x-stream"] = "1"
local file = io.open((os.getenv("BODIES") or ".") .. "/stream.json")
wrk.body = file:read("*a")
