"""One call of the client, ready to be made by a blocking or an asynchronous application."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

from azmatrix_worker import outcome, streams, ways
from azmatrix_worker.streams import Reading

# What the application saw, and the object it has in its hands.
Seen = tuple[dict[str, Any], Any]


def _forget(seen: dict[str, Any], answer: Any) -> None:
    """Nothing goes on from this call."""


@dataclass
class Call:
    """An answer as a whole. Exceptions of the application are part of what it saw."""

    resource: Any
    way: str | None
    arguments: dict[str, Any]
    remember: Callable[[dict[str, Any], Any], None] = _forget

    def perform(self) -> Seen:
        try:
            return ways.call(self.resource, self.way, self.arguments)
        except Exception as error:
            return outcome.failure(error), None

    async def perform_async(self) -> Seen:
        try:
            return await ways.call_async(self.resource, self.way, self.arguments)
        except (Exception, asyncio.CancelledError) as error:
            return outcome.failure(error), None

    def finish(self, seen: dict[str, Any], answer: Any) -> dict[str, Any]:
        self.remember(seen, answer)
        return seen


@dataclass
class StreamCall(Call):
    """An answer as a stream, read as far as the application wants."""

    reading: Reading | None = None
    # Streams that the application keeps.
    held: list[Any] = field(default_factory=list)

    def perform(self) -> Seen:
        chunks: list[Any] = []
        answered = False
        try:
            with ExitStack() as stack:
                stream = ways.open_stream(self.resource, self.way, self.arguments, stack)
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
                stream = await ways.open_stream_async(self.resource, self.way, self.arguments, stack)
                answered = True
                ended = await streams.read_async(stream, self.reading, chunks, self.held)
        except asyncio.CancelledError as error:
            if self.reading is None or self.reading.then != "cancel":
                return outcome.stream(chunks, "error", error), None
            return outcome.stream(chunks, "cancel", None), None
        except Exception as error:
            return _broken(error, chunks, answered), None
        return outcome.stream(chunks, ended, None), None


def _broken(error: Exception, chunks: list[Any], answered: bool) -> dict[str, Any]:
    return outcome.stream(chunks, "error", error) if answered else outcome.failure(error)
