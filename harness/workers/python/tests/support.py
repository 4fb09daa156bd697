"""A worker process, and what it takes for the world: a collector and a service on loopback."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WORKER = Path(__file__).parent.parent / "worker.py"


def packages_missing(*names: str) -> str | None:
    """Why a test that needs packages cannot run, if so."""
    missing = [name for name in names if not _is_there(name)]
    return f"{', '.join(missing)} is not installed" if missing else None


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


class World:
    """Takes telemetry and answers chats. Counts what came, by path."""

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()
        self.bodies: list[tuple[str, bytes]] = []
        # Whether it answers that it cannot take a request, which no client tries again.
        self.refuses = False
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path = self.path.partition("?")[0]
                world.came[path] += 1
                world.bodies.append((path, body))
                kind, answer = _answer(path, body)
                self.send_response(400 if world.refuses else 200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _answer(path: str, body: bytes) -> tuple[str, bytes]:
    if not path.endswith("/chat/completions"):
        return "application/x-protobuf", b""
    if not json.loads(body).get("stream"):
        return "application/json", json.dumps(_COMPLETION).encode()
    message = {**_COMPLETION["choices"][0]["message"]}
    events = [{**_COMPLETION, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": message}]}] * 3
    return "text/event-stream", b"".join(
        b"data: %b\n\n" % json.dumps(event).encode() for event in events
    ) + b"data: [DONE]\n\n"


_COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "gpt-4o-2024-11-20",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
}


class Asking:
    """One end of the protocol: asks, and reads the reply."""

    def __init__(self, requests: Any, replies: Any) -> None:
        self._requests, self._replies = requests, replies
        self._last = 0

    def ask(self, operation: str, **fields: Any) -> dict[str, Any]:
        """The reply, without its id."""
        self._last += 1
        self._requests.write(json.dumps({"id": self._last, "op": operation, **fields}).encode() + b"\n")
        self._requests.flush()
        reply: dict[str, Any] = json.loads(self._replies.readline() or b'{"id":0,"ended":true}')
        if reply.pop("id") != self._last:
            raise AssertionError(f"no reply to {operation}: {reply}")
        return reply

    def do(self, operation: str, **fields: Any) -> dict[str, Any]:
        """What a reply says that has to be `ok`."""
        reply = self.ask(operation, **fields)
        if "ok" not in reply:
            raise AssertionError(f"{operation}: {reply}")
        done: dict[str, Any] = reply["ok"]
        return done

    def end(self) -> None:
        """A worker ends at the end of its input."""
        self._requests.close()

    def forget(self) -> None:
        self.end()
        self._replies.close()


def environment(world: World, home: str, adapter: Path | None, **more: str) -> dict[str, str]:
    """The whole environment of a worker, as the harness gives it."""
    given = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "OTEL_EXPORTER_OTLP_ENDPOINT": world.address,
        **more,
    }
    return {**given, "AZMATRIX_FLAVOR_ADAPTER": str(adapter)} if adapter else given


@contextmanager
def worker(adapter: Path | None = None, **more: str) -> Iterator[tuple[Asking, World]]:
    """A worker that has not said hello, and its world."""
    world = World()
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            command(),
            cwd=home,
            env=environment(world, home, adapter, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        asking = Asking(process.stdin, process.stdout)
        try:
            yield asking, world
        finally:
            asking.end()
            process.stdin = None
            process.communicate(timeout=10)
            world.close()


def command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-s", str(WORKER), *arguments]


def open_cell(asking: Asking, world: World, client: str = "sync") -> None:
    asking.do(
        "open",
        cell="test",
        client=client,
        library="azure",
        api_version="2024-10-21",
        resources={"main": {"endpoint": world.address, "key": "key"}},
        auth={"mode": "api-key"},
    )


def chat(asking: Asking, id: str = "ask") -> dict[str, Any]:
    """The outcome of one chat."""
    step = {
        "id": id,
        "resource": "main",
        "operation": "chat",
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Well?"}],
    }
    outcome: dict[str, Any] = asking.do("run", step=step)["outcome"]
    return outcome


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class Forked:
    """A worker that a parent has forked, as the harness holds it."""

    def __init__(self, pid: int, asking: Asking, errors: int) -> None:
        self.pid, self.asking, self._errors = pid, asking, errors

    def errors(self) -> str:
        """All that it wrote to its standard error; waits until nobody has that open."""
        self.asking.end()
        with os.fdopen(self._errors, encoding="utf-8") as errors:
            written = errors.read()
        self.asking.forget()
        return written


class ParentProcess:
    """A parent, as the harness speaks with it: on a stream socket that is its standard input."""

    def __init__(self, given: dict[str, str], home: str) -> None:
        self._socket, socket_out = socket.socketpair()
        self._socket.settimeout(60)
        self.process = subprocess.Popen(
            command("--parent"),
            cwd=home,
            env=given,
            stdin=socket_out.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        socket_out.close()
        self._lines = self._socket.makefile("rb")
        self._last = 0
        self.ended: dict[int, dict[str, int]] = {}

    def ask(self, operation: str, descriptors: Sequence[int] = (), **fields: Any) -> dict[str, Any]:
        self._last += 1
        request = json.dumps({"id": self._last, "op": operation, **fields}).encode() + b"\n"
        socket.send_fds(self._socket, [request], list(descriptors))
        while True:
            message = self._read()
            if message.get("id") == self._last:
                del message["id"]
                return message

    def fork(self, **fields: Any) -> Forked:
        """A child, with pipes of its own."""
        (requests_out, requests), (replies, replies_in), (errors, errors_in) = os.pipe(), os.pipe(), os.pipe()
        try:
            reply = self.ask("fork", (requests_out, replies_in, errors_in), **fields)
        finally:
            for theirs in (requests_out, replies_in, errors_in):
                os.close(theirs)
        ours = Asking(os.fdopen(requests, "wb"), os.fdopen(replies, "rb"))
        if "ok" not in reply:
            ours.forget()
            os.close(errors)
            raise AssertionError(f"fork: {reply}")
        return Forked(reply["ok"]["pid"], ours, errors)

    def how_it_ended(self, child: int) -> dict[str, int]:
        while child not in self.ended:
            self._read()
        return self.ended.pop(child)

    def _read(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._lines.readline() or b'{"gone":true}')
        if "child" in message:
            self.ended[message["child"]] = message["ended"]
        elif "id" not in message:
            raise AssertionError(f"the parent is gone: {self.process.wait(10)}")
        return message

    def end(self) -> tuple[str, str]:
        """What it wrote to its standard output and standard error."""
        self._lines.close()
        self._socket.close()
        output, errors = self.process.communicate(timeout=10)
        return output.decode(), errors.decode()
