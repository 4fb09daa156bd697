"""A worker process, and what it takes for the world: a collector and a service on loopback."""

import json
import os
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
                answer = json.dumps(_COMPLETION).encode() if path.endswith("/chat/completions") else b""
                self.send_response(400 if world.refuses else 200)
                self.send_header("content-type", "application/json" if answer else "application/x-protobuf")
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


_COMPLETION = {
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
        self._requests.close()
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
            command(), cwd=home, env=environment(world, home, adapter, **more), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        asking = Asking(process.stdin, process.stdout)
        try:
            yield asking, world
        finally:
            asking.end()
            process.wait(10)
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
