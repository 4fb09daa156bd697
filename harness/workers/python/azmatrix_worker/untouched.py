"""A process that has imported packages and done nothing else, and what tells that it has.

Packages do things while they are imported: start threads, open files, patch a client. A child that is forked from such a
process is not what a fresh one is, so the parent looks before every fork.
"""

import asyncio
import gc
import os
import sys
import types
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from azmatrix_worker import session, signin

# What instrumentors patch: the clients, what these send with, and what any application uses to send.
_CLIENTS = ("openai", "azure", "httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3", "aiohttp")
_GETTERS = (
    ("opentelemetry.trace", "get_tracer_provider"),
    ("opentelemetry.metrics", "get_meter_provider"),
    ("opentelemetry._logs", "get_logger_provider"),
    ("opentelemetry._events", "get_event_logger_provider"),
)

Surface = dict[tuple[str, str], Any]


@dataclass(frozen=True)
class State:
    """What the clients' functions and methods were before a flavor was imported."""

    surface: Surface

    def touched(self, descriptors: set[int]) -> list[str]:
        """In which ways this process is no longer one that has only imported; `descriptors` are the parent's own."""
        return [
            *_threads(),
            *_open(descriptors),
            *_loop(),
            *_providers(),
            *_instrumented(self.surface),
        ]


def import_everything() -> State:
    """Import what a worker of this flavor imports until it has said hello, and azure-identity."""
    session.import_application().warm_up()
    signin.import_identity()
    session.import_telemetry()
    surface = _surface()
    session.import_adapter()
    # What is alive now stays: no child looks at it again, so that its memory stays shared.
    gc.collect()
    gc.freeze()
    return State(surface)


def _threads() -> Iterator[str]:
    if sys.platform != "linux":
        yield "threads of libraries can be counted on Linux only"
        return
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        yield f"{threads - 1} threads were started"


def _open(own: set[int]) -> Iterator[str]:
    with os.scandir("/proc/self/fd") as entries:
        opened = [int(entry.name) for entry in entries]
    for descriptor in sorted(set(opened) - own):
        # The one that is gone is that of the scan.
        with suppress(FileNotFoundError):
            yield f"descriptor {descriptor} is open: {os.readlink(f'/proc/self/fd/{descriptor}')}"


def _loop() -> Iterator[str]:
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    loop = getattr(getattr(policy, "_local", None), "_loop", None)
    if loop is not None:
        yield "an asyncio loop is set"


def _providers() -> Iterator[str]:
    for name, getter in _GETTERS:
        module = sys.modules.get(name)
        if module is None:
            continue
        provider = type(getattr(module, getter)())
        if not provider.__name__.lstrip("_").startswith("Proxy"):
            yield f"{getter}() gives {provider.__module__}.{provider.__qualname__}"


def _surface() -> Surface:
    """Every function, class and method of the clients that are imported, by module and name."""
    found: Surface = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _CLIENTS and isinstance(module, types.ModuleType):
            for attribute, value in list(vars(module).items()):
                if isinstance(value, types.FunctionType | type):
                    found[name, attribute] = value
                if isinstance(value, type) and value.__module__ == name:
                    found |= {(name, f"{attribute}.{method}"): member for method, member in _methods(value)}
    return found


def _methods(kind: type) -> Iterator[tuple[str, Any]]:
    for name, member in list(vars(kind).items()):
        if isinstance(member, types.FunctionType | classmethod | staticmethod | property):
            yield name, member


def _instrumented(surface: Surface) -> Iterator[str]:
    for (module, path), before in surface.items():
        owner, _, attribute = path.rpartition(".")
        holder: Any = sys.modules.get(module)
        if owner:
            holder = getattr(holder, owner, None)
        if holder is None or vars(holder).get(attribute) is not before:
            yield f"{module}.{path} was replaced"
            # One is enough to know.
            return
