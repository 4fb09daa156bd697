"""How far an application reads a stream, and what it puts together from it."""

import asyncio
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any

from azmatrix_worker import streams
from azmatrix_worker.calls import StreamCall
from azmatrix_worker.protocol import Skip
from azmatrix_worker.streams import Reading


class Chunk:
    """A chunk of the service, as the client gives it."""

    type = None

    def __init__(self, number: int) -> None:
        self._number = number

    def as_dict(self) -> int:
        return self._number


class Stream:
    """Four chunks, blocking or not; breaks before one of them, when told to."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self._breaks_at = breaks_at
        self.closed = False

    def __iter__(self) -> Iterator[Chunk]:
        for number in range(4):
            if number == self._breaks_at:
                raise ConnectionError("cut")
            yield Chunk(number)

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        for chunk in self:
            await asyncio.sleep(0)
            yield chunk

    def close(self) -> None:
        self.closed = True


class AsyncStream(Stream):
    """As an asynchronous client gives it."""

    async def close(self) -> None:  # type: ignore[override]
        self.closed = True


def _reading(stream: Stream, reading: Reading | None, held: list[Any]) -> StreamCall:
    async def opening(_: Any) -> Stream:
        return stream

    return StreamCall(lambda _: stream, opening, reading, held)


class Read(unittest.TestCase):
    def check(self, asked: dict[str, Any] | None, sync: tuple[Any, ...], asynchronous: tuple[Any, ...]) -> None:
        for client, expected in (("sync", sync), ("async", asynchronous)):
            with self.subTest(client, asked=asked):
                stream, held = Stream() if client == "sync" else AsyncStream(), list[Any]()
                call = _reading(stream, Reading.parse(asked), held)
                seen, _ = call.perform() if client == "sync" else asyncio.run(call.perform_async())
                found = (len(seen["chunks"]), seen["ended"], stream.closed, bool(held))
                self.assertEqual((found, seen["error"]), (expected, None))

    def test_as_far_as_asked(self) -> None:
        cases = [
            (None, (4, "exhausted", False, False), None),
            ({"chunks": 9, "then": "break"}, (4, "exhausted", False, False), None),
            ({"chunks": 2, "then": "break"}, (2, "break", False, False), None),
            ({"chunks": 2, "then": "close"}, (2, "close", True, False), None),
            ({"chunks": 2, "then": "hold"}, (2, "hold", False, True), None),
            ({"chunks": 0, "then": "close"}, (0, "close", True, False), None),
            ({"chunks": 0, "then": "hold"}, (0, "hold", False, True), None),
            # A thread cannot be cancelled: it closes the stream instead.
            ({"chunks": 2, "then": "cancel"}, (2, "close", True, False), (2, "cancel", False, False)),
            ({"chunks": 0, "then": "cancel"}, (0, "close", True, False), (0, "cancel", False, False)),
        ]
        for asked, sync, asynchronous in cases:
            self.check(asked, sync, asynchronous or sync)

    def test_a_stream_that_breaks_keeps_what_came(self) -> None:
        call = _reading(Stream(breaks_at=2), None, [])
        for seen, _ in (call.perform(), asyncio.run(call.perform_async())):
            self.assertEqual((seen["chunks"], seen["ended"], seen["error"]["message"]), ([0, 1], "error", "cut"))

    def test_an_unknown_way_to_stop_is_refused(self) -> None:
        with self.assertRaisesRegex(Skip, "read.then = leave"):
            Reading.parse({"chunks": 1, "then": "leave"})


class Message(unittest.TestCase):
    def test_chunks_add_up_to_the_message(self) -> None:
        def chunk(index: int = 0, **delta: Any) -> dict[str, Any]:
            return {"choices": [{"index": index, "delta": delta}]}

        def part(index: int, id: str | None = None, **function: str) -> dict[str, Any]:
            return {"index": index, "id": id, "function": function}

        chunks = [
            {"choices": []},
            chunk(content="Let "),
            chunk(index=1, content="another choice"),
            chunk(content="me see."),
            chunk(tool_calls=[part(1, "b", name="second", arguments="{")]),
            chunk(tool_calls=[part(0, "a", name="first", arguments="{}"), part(1, arguments="}")]),
        ]
        call = {"type": "function"}
        self.assertEqual(
            streams.assistant_message(chunks),
            {
                "role": "assistant",
                "content": "Let me see.",
                "tool_calls": [
                    {"id": "a", **call, "function": {"name": "first", "arguments": "{}"}},
                    {"id": "b", **call, "function": {"name": "second", "arguments": "{}"}},
                ],
            },
        )
        refusal = {"role": "assistant", "content": None, "refusal": "No."}
        self.assertEqual(streams.assistant_message([chunk(refusal="No.")]), refusal)
