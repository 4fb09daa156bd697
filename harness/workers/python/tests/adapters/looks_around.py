"""An adapter that tells, in place of opening a cell, how its process looks."""

import asyncio
import gc
import os
import random
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from types import FrameType


def unavailable() -> str | None:
    if sys._getframe(1).f_code.co_name == "_on_open":
        raise RuntimeError(repr(_look()))
    return None


def _look() -> dict[str, object]:
    return {
        "arguments": sys.argv,
        "program": sys.modules["__main__"].__file__,
        "environment": sorted(set(os.environ) - {"HOME", "TMPDIR", "OTEL_EXPORTER_OTLP_ENDPOINT"}),
        "in its home": os.getcwd() == os.environ["HOME"] == tempfile.gettempdir(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "native": len(os.listdir("/proc/self/task")),
        "main": threading.main_thread() is threading.current_thread(),
        "descriptors": sorted(_kinds()),
        "leads its group": os.getpgid(0) == os.getpid(),
        "signals": [str(signal.getsignal(each)) for each in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)],
        "woken by": signal.set_wakeup_fd(-1),
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "collector": (gc.isenabled(), gc.get_threshold()),
        "hash": hash("the same in every process"),
        "loop": asyncio.events._get_running_loop(),
        "at fork": os.register_at_fork.__qualname__,
        "stack": _stack(),
        "random": random.random() != random.random(),
    }


def _kinds() -> list[str]:
    """What descriptors are open, without numbers that differ by chance."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/self/fd/{name}").partition("[")[0])
    return found


def _stack() -> list[str]:
    frame: FrameType | None = sys._getframe(1)
    found = []
    while frame is not None:
        found.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return found
