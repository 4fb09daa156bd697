"""One application from `open` to `close`, whatever client library it uses."""

import asyncio
import contextvars
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from typing import Any

from azmatrix_worker import outcome, streams, ways
from azmatrix_worker.conversation import Turn
from azmatrix_worker.protocol import Skip, refuse_unknown

OPEN_KEYS = (
    "id op cell client library api_version resources pinned_deployment max_retries timeout_s auth environment"
).split()


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
    def run(self, step: dict[str, Any]) -> dict[str, Any]:
        """Perform one step; what the application saw of it is the answer, and its exceptions are part of that."""

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

    def _answered(
        self, call: Callable[[], Any], call_async: Callable[[], Coroutine[Any, Any, Any]]
    ) -> tuple[dict[str, Any], Any]:
        """What the application saw of one answer, and the object it has in its hands."""
        try:
            return self._await(call_async()) if self._asynchronous else self._context.run(call)
        except (Exception, asyncio.CancelledError) as error:
            return outcome.failure(error), None

    def _streamed(
        self,
        step: dict[str, Any],
        opening: Callable[[ExitStack], Any],
        opening_async: Callable[[AsyncExitStack], Coroutine[Any, Any, Any]],
    ) -> dict[str, Any]:
        """What the application saw of a stream. What must be left afterwards is put on the stack."""
        reading = streams.Reading.parse(step.get("read"))
        chunks: list[Any] = []
        progress: list[str] = []

        def perform() -> str:
            with ExitStack() as stack:
                stream = opening(stack)
                progress.append("answered")
                return streams.read(stream, reading, chunks, self._held)

        async def perform_async() -> str:
            async with AsyncExitStack() as stack:
                stream = await opening_async(stack)
                progress.append("answered")
                return await streams.read_async(stream, reading, chunks, self._held)

        try:
            ended = self._await(perform_async()) if self._asynchronous else self._context.run(perform)
        except asyncio.CancelledError as error:
            if reading is None or reading.then != "cancel":
                return outcome.stream(chunks, "error", error)
            return outcome.stream(chunks, "cancel", None)
        except Exception as error:
            return outcome.stream(chunks, "error", error) if progress else outcome.failure(error)
        return outcome.stream(chunks, ended, None)

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
