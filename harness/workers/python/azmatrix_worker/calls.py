"""One call of a client, ready to be made by a blocking or an asynchronous application."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

from azmatrix_worker import outcome, streams
from azmatrix_worker.streams import Reading

# What the application saw, and the object it has in its hands.
Seen = tuple[dict[str, Any], Any]
Remember = Callable[[dict[str, Any], Any], None]


def forget(seen: dict[str, Any], answer: Any) -> None:
    """Nothing goes on from this call."""


@dataclass
class Call:
    """An answer as a whole. Exceptions of the application are part of what it saw."""

    ask: Callable[[], Seen]
    ask_async: Callable[[], Coroutine[Any, Any, Seen]]
    remember: Remember = forget

    def perform(self) -> Seen:
        try:
            return self.ask()
        except Exception as error:
            return outcome.failure(error), None

    async def perform_async(self) -> Seen:
        try:
            return await self.ask_async()
        except (Exception, asyncio.CancelledError) as error:
            return outcome.failure(error), None

    def finish(self, seen: dict[str, Any], answer: Any) -> dict[str, Any]:
        self.remember(seen, answer)
        return seen


@dataclass
class StreamCall:
    """An answer as a stream, read as far as the application wants. What must be left afterwards is put on the stack."""

    opening: Callable[[ExitStack], Any]
    opening_async: Callable[[AsyncExitStack], Coroutine[Any, Any, Any]]
    reading: Reading | None = None
    # Streams that the application keeps.
    held: list[Any] = field(default_factory=list)
    remember: Remember = forget

    def perform(self) -> Seen:
        chunks: list[Any] = []
        answered = False
        try:
            with ExitStack() as stack:
                stream = self.opening(stack)
                answered = True
                ended = streams.read(stream, self.reading, chunks, self.held)
        except Exception as error:
            return _broken(error, chunks, answered), None
        return outcome.stream(chunks, ended, None), None

    async def perform_async(self) -> Seen:
        chunks: list[Any] = []
        answered = False
        try:
            async with AsyncExitStack() as stack:
                stream = await self.opening_async(stack)
                answered = True
                ended = await streams.read_async(stream, self.reading, chunks, self.held)
        except asyncio.CancelledError as error:
            if self.reading is None or self.reading.then != "cancel":
                return outcome.stream(chunks, "error", error), None
            return outcome.stream(chunks, "cancel", None), None
        except Exception as error:
            return _broken(error, chunks, answered), None
        return outcome.stream(chunks, ended, None), None

    def finish(self, seen: dict[str, Any], answer: Any) -> dict[str, Any]:
        self.remember(seen, answer)
        return seen


def _broken(error: Exception, chunks: list[Any], answered: bool) -> dict[str, Any]:
    return outcome.stream(chunks, "error", error) if answered else outcome.failure(error)
