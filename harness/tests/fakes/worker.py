"""A worker that needs no package: it does what the protocol asks, but for one thing, which `FAKE` names.

The one thing happens in the scenario `chat/first` only, so that what comes after it can be seen to go on. A control has
no `FAKE`: it performs the same steps and exports nothing.
"""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from urllib.parse import urlsplit

FAKE = os.environ.get("FAKE")
NEVER = 100_000


class Worker:
    def __init__(self):
        self.cell = {}
        self.ended = 0
        self.lines = []

    def misbehaves(self, fake):
        return FAKE == fake and self.cell.get("cell", "").startswith("chat/first::")

    def hello(self, request):
        if FAKE == "dies-at-start":
            os._exit(3)
        if FAKE == "skips-hello":
            say({"id": request["id"], "skip": "the fake is shy"})
        if FAKE == "phones-home-at-start":
            phone_home()
        if FAKE == "another-lock":
            return {"packages": {"locked": "2.0.0"}}
        return {} if FAKE == "says-no-packages" else {"packages": {}}

    def open(self, request):
        self.cell = request
        return {}

    def run(self, request):
        misbehave(self, request["id"])
        step = request["step"]
        stream = step.get("stream", False)
        body = call(self.cell, step, stream)
        if FAKE is not None:
            export(step, self.cell["resources"]["east"]["key"] if self.misbehaves("leaks-its-key") else body["id"])
            self.ended += 1
        if stream:
            return {"outcome": {"kind": "stream", "chunks": [body], "ended": "break", "error": None}}
        return {"outcome": {"kind": "response", "body": body}}

    def flush(self, request):
        if self.misbehaves("never-flushes"):
            time.sleep(NEVER)
        count, self.ended = self.ended, 0
        if self.misbehaves("whispers-its-key"):
            # The last thing before the reply.
            print(self.cell["resources"]["east"]["key"], file=sys.stderr, flush=True)
        count += 3 if self.misbehaves("lies-in-flush") else 0
        return {"spans_started": count, "spans_ended": count, "logs_emitted": 0}

    def close(self, request):
        return {}


def misbehave(worker, identity):
    """What a worker may do in the middle of a step."""
    if worker.misbehaves("dies"):
        print("these are my last words", file=sys.stderr, flush=True)
        os._exit(7)
    if worker.misbehaves("hangs"):
        time.sleep(NEVER)
    if worker.misbehaves("hangs-and-ignores-signals"):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(NEVER)
    if worker.misbehaves("hangs-with-a-child"):
        worker.lines.append(hold_the_line())
        subprocess.Popen(["sleep", str(NEVER)], close_fds=False)
        print("on it", file=sys.stderr, flush=True)
        worker.lines[-1].sendall(b"busy\n")
        time.sleep(NEVER)
    if worker.misbehaves("prints-garbage"):
        say("I am not JSON")
    if worker.misbehaves("prints-half-a-line"):
        os.write(1, b'{"id": 3, "ok')
        time.sleep(NEVER)
    if worker.misbehaves("dies-in-a-line"):
        os.write(1, b'{"id": 3, "ok')
        os._exit(0)
    if worker.misbehaves("prints-a-hundred-megabytes"):
        say("x" * 100_000_000)
    if worker.misbehaves("floods"):
        while True:
            os.write(2, b"never enough " * 5000 + b"\n")
    if worker.misbehaves("answers-twice"):
        say({"id": identity, "ok": {"outcome": {"kind": "response", "body": {}}}})
    if worker.misbehaves("answers-another"):
        say({"id": identity + 41, "ok": {}})
    if worker.misbehaves("faults"):
        say({"id": identity, "fault": {"message": "the fake fails", "traceback": "on its only line"}})
    if worker.misbehaves("says-nothing"):
        say({"id": identity})
    if worker.misbehaves("says-two-things"):
        say({"id": identity, "ok": {}, "skip": "both"})
    if worker.misbehaves("gives-no-outcome"):
        say({"id": identity, "ok": {"outcome": {"kind": "miracle"}}})
    if worker.misbehaves("skips"):
        say({"id": identity, "skip": "the fake cannot do that"})
    if worker.misbehaves("closes-its-output"):
        os.close(1)
        time.sleep(NEVER)
    if worker.misbehaves("leaves-a-child"):
        subprocess.Popen(["sleep", str(NEVER)])
    if worker.misbehaves("phones-home"):
        phone_home()


def hold_the_line():
    """A connection that closes when this process and all that inherit it are gone."""
    host, port = os.environ["FAKE_LINE"].split(":")
    line = socket.create_connection((host, int(port)))
    line.set_inheritable(True)
    return line


def through_the_proxy(host):
    proxy = urlsplit(os.environ["HTTPS_PROXY"])
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, context=ssl.create_default_context())
    connection.set_tunnel(host, 443)
    return connection


def phone_home():
    try:
        through_the_proxy("telemetry.example.com").request("GET", "/")
    except OSError as refusal:
        print(f"could not phone home: {refusal}", file=sys.stderr, flush=True)
    else:
        raise AssertionError("the call went through")


def call(cell, step, stream=False):
    resource = cell["resources"][step["resource"]]
    connection = through_the_proxy(urlsplit(resource["endpoint"]).hostname)
    connection.request(
        "POST",
        f"/openai/deployments/{step['model']}/chat/completions?api-version={cell['api_version']}",
        json.dumps({"messages": step["messages"], "model": step["model"]} | ({"stream": True} if stream else {})),
        {"api-key": resource["key"], "content-type": "application/json"},
    )
    response = connection.getresponse()
    if not stream:
        return json.load(response)
    # All of it is read, and the last chunk that has an id stands for it: what is left on the wire is not what is tested.
    events = [line[len(b"data: ") :] for line in response.read().splitlines() if line.startswith(b"data: {")]
    return [event for event in map(json.loads, events) if event["id"]][-1]


def export(step, response):
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": step["model"], "gen_ai.response.id": response}
    now = time.time_ns()
    span = {
        "traceId": os.urandom(16).hex(),
        "spanId": os.urandom(8).hex(),
        "name": f"chat {step['model']}",
        "kind": 3,
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now + 1000),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        "status": {},
    }
    body = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": "fake"}, "spans": [span]}]}]}
    endpoint = urlsplit(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"])
    connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port)
    connection.request(
        "POST", f"{endpoint.path}/v1/traces", json.dumps(body), {"content-type": "application/json"}
    )
    if connection.getresponse().status != 200:
        raise AssertionError("the receiver refused")


def say(reply):
    """Straight to the descriptor: nothing is left in a buffer when a fake dies."""
    text = reply if isinstance(reply, str) else json.dumps(reply)
    left = memoryview(text.encode() + b"\n")
    while left:
        left = left[os.write(1, left) :]


def main():
    worker = Worker()
    for line in sys.stdin:
        request = json.loads(line)
        say({"id": request["id"], "ok": getattr(worker, request["op"])(request)})


if "--parent" in sys.argv:
    import parent

    parent.serve(main)
else:
    main()
