"""One application from `open` to `close`, whatever client library it uses."""

import asyncio
import contextvars
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from azmatrix_worker import ways
from azmatrix_worker.calls import Call, StreamCall
from azmatrix_worker.conversation import Turn
from azmatrix_worker.protocol import Skip, refuse_unknown

OPEN_KEYS = (
    "id op cell client library api_version resources pinned_deployment max_retries timeout_s auth environment"
).split()

# Makes the application's own span of a branch.
MakeGroup = Callable[[dict[str, Any]], AbstractContextManager[Any]]


class Cell(ABC):
    """One application, from `open` to `close`.

    Everything it does runs in one `contextvars` context, as in one request of a service: what an instrumentor leaves
    there meets the next step of the same cell, and never another cell.
    """

    def __init__(self, request: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        refuse_unknown(request, OPEN_KEYS, "open")
        if request["client"] not in ("sync", "async"):
            raise Skip(f"the Python worker has no {request['client']} client")
        self._asynchronous = request["client"] == "async"
        self._loop = loop
        self._context = contextvars.copy_context()
        self._history: dict[str, Turn] = {}
        self._held: list[Any] = []
        self._closeable: list[Any] = []
        self._group: AbstractContextManager[Any] | None = None
        self._replaced = _set_environment(request.get("environment") or {})
        try:
            self._context.run(self._make_clients, request)
        except BaseException:
            self.close()
            raise

    @abstractmethod
    def _make_clients(self, request: dict[str, Any]) -> None:
        """Make what the steps will need; whatever must be closed goes to `_closeable`."""

    @abstractmethod
    def _prepare(self, step: dict[str, Any]) -> Call | StreamCall:
        """What a step calls, or `Skip` when the client has no such thing."""

    def open_group(self, group: AbstractContextManager[Any]) -> None:
        if self._group is not None:
            raise RuntimeError("a group is open already")
        self._context.run(group.__enter__)
        self._group = group

    def close_group(self) -> None:
        if self._group is None:
            raise RuntimeError("no group is open")
        group, self._group = self._group, None
        self._context.run(group.__exit__, None, None, None)

    def run(self, step: dict[str, Any]) -> dict[str, Any]:
        """Perform one step; what the application saw of it is the answer, and its exceptions are part of that."""
        call = self._prepare(step)
        if self._asynchronous:
            return call.finish(*self._await(call.perform_async()))
        return call.finish(*self._context.run(call.perform))

    def run_all(self, branches: list[dict[str, Any]], group: MakeGroup) -> dict[str, Any]:
        """Perform branches at the same time, each in a copy of the application's context. Gives outcomes by step.

        Applications that pass work on to threads or tasks do the same: tasks copy by themselves, for threads there is
        `asyncio.to_thread`.
        """
        outcomes: dict[str, Any] = {}
        if self._asynchronous:
            self._await(self._gather(branches, group, outcomes))
            return outcomes
        contexts = [self._context.copy() for _ in branches]
        with ThreadPoolExecutor(len(branches)) as threads:
            work = [
                threads.submit(context.run, self._branch, branch, group, outcomes)
                for context, branch in zip(contexts, branches, strict=True)
            ]
        for one in work:
            one.result()
        return outcomes

    def _branch(self, branch: dict[str, Any], group: MakeGroup, outcomes: dict[str, Any]) -> None:
        with group(branch["group"]) if branch.get("group") else nullcontext():
            for step in branch["steps"]:
                call = self._prepare(step)
                outcomes[step["id"]] = call.finish(*call.perform())

    async def _gather(self, branches: list[dict[str, Any]], group: MakeGroup, outcomes: dict[str, Any]) -> None:
        async def perform(branch: dict[str, Any]) -> None:
            with group(branch["group"]) if branch.get("group") else nullcontext():
                for step in branch["steps"]:
                    call = self._prepare(step)
                    outcomes[step["id"]] = call.finish(*await call.perform_async())

        await asyncio.gather(*(perform(branch) for branch in branches))

    def _await(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(self._loop.create_task(coroutine, context=self._context))

    def close(self) -> None:
        """Drop what the application held, close its clients, put the environment back."""
        try:
            if self._group is not None:
                self.close_group()
            self._held.clear()
            self._history.clear()
            for closeable in reversed(self._closeable):
                if self._asynchronous:
                    self._await(closeable.close())
                else:
                    self._context.run(closeable.close)
            self._closeable.clear()
        finally:
            _restore_environment(self._replaced)
            self._replaced = {}


def way_of(step: dict[str, Any], known: tuple[str, ...] = ways.WAYS) -> str | None:
    """How the client is called; none is the plain method."""
    way = step.get("via")
    if way is not None and way not in known:
        raise Skip(f"the application does not know via = {way}")
    return way


def _set_environment(values: dict[str, str]) -> dict[str, str | None]:
    replaced = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    return replaced


def _restore_environment(replaced: dict[str, str | None]) -> None:
    for name, value in replaced.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
