"""How an application reads a stream: to the end, or not."""

import asyncio
from dataclasses import dataclass
from typing import Any

from azmatrix_worker.protocol import Skip, refuse_unknown
from azmatrix_worker.ways import chunk_of

EXHAUSTED = "exhausted"
WAYS_TO_STOP = ("break", "close", "cancel", "hold")


@dataclass(frozen=True)
class Reading:
    """Stop after so many chunks, in that way."""

    chunks: int
    then: str

    @staticmethod
    def parse(read: dict[str, Any] | None) -> "Reading | None":
        if read is None:
            return None
        refuse_unknown(read, ("chunks", "then"), "read")
        if read["then"] not in WAYS_TO_STOP:
            raise Skip(f"the Python worker does not know read.then = {read['then']}")
        return Reading(read["chunks"], read["then"])


def read(stream: Any, reading: Reading | None, chunks: list[Any], held: list[Any]) -> str:
    """Append to `chunks` what was read and say how it ended. There is no cancelling here: it is the same as closing."""
    if reading is None or reading.chunks > 0:
        for item in stream:
            if (chunk := chunk_of(item)) is None:
                continue
            chunks.append(chunk)
            if reading is not None and len(chunks) >= reading.chunks:
                break
        else:
            return EXHAUSTED
    if reading.then in ("close", "cancel"):
        stream.close()
        return "close"
    if reading.then == "hold":
        held.append(stream)
    return reading.then


async def read_async(stream: Any, reading: Reading | None, chunks: list[Any], held: list[Any]) -> str:
    """As `read`; cancelling raises CancelledError out of the wait for the next chunk."""
    if reading is None or reading.chunks > 0:
        async for item in stream:
            if (chunk := chunk_of(item)) is None:
                continue
            # After a cancel, chunks that had already arrived are delivered before the next wait: nobody uses them.
            if reading is None or len(chunks) < reading.chunks:
                chunks.append(chunk)
            if reading is not None and len(chunks) >= reading.chunks:
                if reading.then != "cancel":
                    break
                _cancel_once()
        else:
            if reading is None or reading.then != "cancel" or len(chunks) < reading.chunks:
                return EXHAUSTED
    if reading.then == "close":
        # Streams of the Azure SDK have only the other name.
        await (stream.close() if hasattr(stream, "close") else stream.aclose())
    elif reading.then == "hold":
        held.append(stream)
    elif reading.then == "cancel":
        _cancel_once()
        await asyncio.sleep(0)
    return reading.then


def _cancel_once() -> None:
    task = asyncio.current_task()
    if task is not None and not task.cancelling():
        task.cancel()


def assistant_message(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that the chunks add up to, as an application puts it together to send it back."""
    content: list[str] = []
    refusal: list[str] = []
    calls: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            if choice.get("index", 0) != 0:
                continue
            if delta.get("content"):
                content.append(delta["content"])
            if delta.get("refusal"):
                refusal.append(delta["refusal"])
            for part in delta.get("tool_calls") or []:
                _add_tool_call(calls, part)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(content) if content else None}
    if refusal:
        message["refusal"] = "".join(refusal)
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return message


def _add_tool_call(calls: dict[int, dict[str, Any]], part: dict[str, Any]) -> None:
    blank = {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}
    call = calls.setdefault(part["index"], blank)
    call["id"] = part.get("id") or call["id"]
    function = part.get("function") or {}
    call["function"]["name"] += function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""
