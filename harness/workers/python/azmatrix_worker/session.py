"""The order of things: hello, then cells, each with its steps and fences."""

import asyncio
import gc
import importlib
import os
import platform
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

from azmatrix_worker import protocol, signin, streams
from azmatrix_worker.protocol import Skip, refuse_unknown

ABILITIES = [
    *("client.sync", "client.async", "group", "parallel"),
    *(f"auth.{mode}" for mode in signin.MODES),
    *(f"read.{way}" for way in streams.WAYS_TO_STOP),
]

# The module with the application that uses a client library.
APPLICATIONS = {"openai": "application", "azure-ai-inference": "inference", "azure-ai-projects": "projects"}


# Imports of packages belong in functions, not above: when one fails, the reply to hello says which and why.


def import_application() -> Any:
    library = os.environ.get("AZMATRIX_CLIENT_LIBRARY", "openai")
    return importlib.import_module(f"azmatrix_worker.{APPLICATIONS[library]}")


def import_telemetry() -> Any:
    from azmatrix_worker import telemetry

    return telemetry


def import_adapter() -> Any:
    from azmatrix_worker import flavor

    return flavor.load()


# An asynchronous stream that was dropped ends in a task of its own: it gets this long at a fence.
_DRAIN_S = 1.0


class Session:
    """What the worker knows between two requests."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._cell: Any = None
        self._ready = False

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        operation = getattr(self, f"_on_{request['op']}", None)
        if operation is None:
            raise Skip(f"the Python worker does not know the request {request['op']}")
        if not self._ready and request["op"] != "hello":
            raise RuntimeError("the first request must be hello")
        return operation(request) or {}

    def _on_hello(self, request: dict[str, Any]) -> dict[str, Any]:
        protocol.refuse_other_version(request)
        if not self._ready:
            self._start()
        return {
            "protocol": protocol.VERSION,
            "runtime": "python",
            "runtime_version": platform.python_version(),
            "packages": _installed(),
            "abilities": self._abilities,
        }

    def _start(self) -> None:
        # As applications do: first everything is imported, then telemetry is set up.
        application, telemetry = import_application(), import_telemetry()
        self._flavor = import_adapter()
        self._tally = telemetry.Tally()
        self._providers = telemetry.set_up(self._tally)
        if not self._flavor.BRINGS_PROVIDERS:
            self._providers.set_globally()
        if self._flavor.unavailable() is None:
            self._flavor.instrument(self._providers)
        application.warm_up()
        self._make_cell = application.Cell
        self._abilities = ABILITIES + application.ABILITIES
        telemetry.settle_garbage_collection()
        self._ready = True

    def _on_open(self, request: dict[str, Any]) -> None:
        if self._cell is not None:
            raise RuntimeError("a cell is open already")
        if (reason := self._flavor.unavailable()) is not None:
            raise Skip(reason)
        self._flavor.forget()
        self._cell = self._make_cell(request, self._loop)

    def _on_group_open(self, request: dict[str, Any]) -> None:
        refuse_unknown(request, ("id", "op", "group", "name", "session", "user"), "group_open")
        group = self._flavor.group(request["name"], request.get("session"), request.get("user"))
        self._opened().open_group(group)

    def _on_group_close(self, request: dict[str, Any]) -> None:
        refuse_unknown(request, ("id", "op"), "group_close")
        self._opened().close_group()

    def _on_run(self, request: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(request, ("id", "op", "step"), "run")
        return {"outcome": self._opened().run(request["step"])}

    def _on_run_all(self, request: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(request, ("id", "op", "branches"), "run_all")
        for branch in request["branches"]:
            refuse_unknown(branch, ("group", "steps"), "a branch")
        return {"outcomes": self._opened().run_all(request["branches"], self._group)}

    def _group(self, given: dict[str, Any]) -> Any:
        refuse_unknown(given, ("group", "name", "session", "user"), "the group of a branch")
        return self._flavor.group(given["name"], given.get("session"), given.get("user"))

    def _on_flush(self, request: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(request, ("id", "op"), "flush")
        gc.collect()
        while self._drain():
            gc.collect()
        self._flavor.flush()
        # What was printed until now belongs to what was done until now.
        sys.stdout.flush()
        sys.stderr.flush()
        late = [f"{signal}: the flush timed out" for signal in self._providers.force_flush()]
        counts = self._tally.take()
        if problems := counts.refused + late:
            raise RuntimeError(f"telemetry did not arrive: {', '.join(problems)}")
        return {
            "spans_started": counts.spans_started,
            "spans_ended": counts.spans_ended,
            "logs_emitted": counts.logs_emitted,
        }

    def _on_close(self, request: dict[str, Any]) -> None:
        refuse_unknown(request, ("id", "op"), "close")
        cell, self._cell = self._opened(), None
        cell.close()

    def _opened(self) -> Any:
        if self._cell is None:
            raise RuntimeError("no cell is open")
        return self._cell

    def _drain(self) -> bool:
        """Let the loop finish what garbage collection put there. True when there was something that finished."""

        async def settle() -> bool:
            await asyncio.sleep(0)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            if not left:
                return False
            done, _ = await asyncio.wait(left, timeout=_DRAIN_S)
            return bool(done)

        return self._loop.run_until_complete(settle())


def _installed() -> dict[str, str]:
    """Normalised name and version of every distribution, read from directory names: parsing metadata takes longer."""
    found = {}
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for directory in Path(place).glob("*.dist-info"):
            name, _, version = directory.stem.rpartition("-")
            found[re.sub(r"[-_.]+", "-", name).lower()] = version
    return dict(sorted(found.items()))
