"""Requests and replies as JSON lines, and the end of the process. Knows nothing of telemetry or OpenAI."""

import ctypes
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

VERSION = 1

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Skip(Exception):
    """This worker cannot do what was asked, and says so instead of doing something else."""


def refuse_unknown(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """A key this worker does not know would be a wish silently ignored. A null is the same as an absent key."""
    unknown = sorted(key for key, value in given.items() if value is not None and key not in set(known))
    if unknown:
        raise Skip(f"the Python worker does not know {', '.join(unknown)} in {where}")


def refuse_other_version(request: Mapping[str, Any]) -> None:
    refuse_unknown(request, ("id", "op", "protocol"), "hello")
    if request["protocol"] != VERSION:
        raise RuntimeError(f"protocol {request['protocol']} was asked for, this worker speaks {VERSION}")


def keep_standard_streams() -> None:
    """From now on standard input is empty, and what anybody prints goes to standard error."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


class Channel:
    """The pipe to the harness. Make it first: it takes descriptors 0 and 1 away from everybody else."""

    def __init__(self) -> None:
        self._requests = os.fdopen(os.dup(0), "rb")
        self._replies = os.fdopen(os.dup(1), "wb", buffering=0)
        keep_standard_streams()
        self._waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="azmatrix-requests", daemon=True).start()

    def _read(self) -> None:
        for line in self._requests:
            self._waiting.put(line)
        # The harness is gone, or has had enough; the main thread may be stuck in a call that never returns.
        os._exit(0)

    def serve(self, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Answer one request after the other, for ever."""
        while True:
            self._reply(answer(self._waiting.get(), handle))

    def _reply(self, line: bytes) -> None:
        left = memoryview(line)
        while left:
            left = left[self._replies.write(left) :]


def answer(line: bytes, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """The reply to one request, as a line."""
    identity = None
    try:
        request = json.loads(line)
        identity = request["id"]
        return encode({"id": identity, "ok": handle(request)})
    except Skip as reason:
        return encode({"id": identity, "skip": str(reason)})
    except Exception as error:
        fault = {"message": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        return encode({"id": identity, "fault": fault})


def encode(message: dict[str, Any]) -> bytes:
    """ASCII, so that half a surrogate pair from an application survives; NaN is no JSON and becomes a fault."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def die_with_parent() -> None:
    """On Linux, also die when the harness is killed while C code keeps the reader thread from running."""
    if sys.platform != "linux":
        return
    # Best effort: the end of standard input remains.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
