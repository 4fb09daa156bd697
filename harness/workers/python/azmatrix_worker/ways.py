"""The ways in which an application calls the client: the plain method, raw and streaming responses, parse, the helper."""

from contextlib import AsyncExitStack, ExitStack
from typing import Any

from azmatrix_worker import outcome

WAYS = ("raw", "streaming-response", "context-manager", "parse", "helper")

# A header that every answer of a model has: an application that asks for a raw response wants to read one.
_HEADER = "apim-request-id"
_TYPES = {"string": str, "number": float, "integer": int, "boolean": bool}


def call(resource: Any, way: str | None, arguments: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """What the application saw, and the object it has in its hands."""
    if way == "raw":
        raw = resource.with_raw_response.create(**arguments)
        return _seen(raw, raw.parse())
    if way == "streaming-response":
        with resource.with_streaming_response.create(**arguments) as raw:
            return _seen(raw, raw.parse())
    method = resource.parse if way == "parse" else resource.create
    answer = method(**_typed(way, arguments))
    return outcome.response(answer), answer


async def call_async(resource: Any, way: str | None, arguments: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """As `call`."""
    if way == "raw":
        raw = await resource.with_raw_response.create(**arguments)
        return _seen(raw, raw.parse())
    if way == "streaming-response":
        async with resource.with_streaming_response.create(**arguments) as raw:
            return _seen(raw, await raw.parse())
    method = resource.parse if way == "parse" else resource.create
    answer = await method(**_typed(way, arguments))
    return outcome.response(answer), answer


def open_stream(resource: Any, way: str | None, arguments: dict[str, Any], stack: ExitStack) -> Any:
    """A stream to iterate over; what must be left afterwards is put on the stack."""
    if way == "raw":
        raw = resource.with_raw_response.create(**arguments)
        _ = raw.headers[_HEADER]
        return raw.parse()
    if way == "streaming-response":
        raw = stack.enter_context(resource.with_streaming_response.create(**arguments))
        _ = raw.headers[_HEADER]
        return raw.parse()
    if way == "helper":
        return stack.enter_context(resource.stream(**_helped(arguments)))
    stream = resource.create(**arguments)
    return stack.enter_context(stream) if way == "context-manager" else stream


async def open_stream_async(resource: Any, way: str | None, arguments: dict[str, Any], stack: AsyncExitStack) -> Any:
    """As `open_stream`."""
    if way == "raw":
        raw = await resource.with_raw_response.create(**arguments)
        _ = raw.headers[_HEADER]
        return raw.parse()
    if way == "streaming-response":
        raw = await stack.enter_async_context(resource.with_streaming_response.create(**arguments))
        _ = raw.headers[_HEADER]
        return await raw.parse()
    if way == "helper":
        return await stack.enter_async_context(resource.stream(**_helped(arguments)))
    stream = await resource.create(**arguments)
    return await stack.enter_async_context(stream) if way == "context-manager" else stream


def chunk_of(item: Any) -> Any | None:
    """The service's chunk: an item of a stream is one, an event of the helper may hold one."""
    kind = getattr(item, "type", None)
    if kind == "chunk":
        return item.chunk
    # Events of the Responses API have a type on the wire; the other events are the helper's own.
    return item if kind is None or kind == "error" or kind.startswith("response.") else None


def _seen(raw: Any, answer: Any) -> tuple[dict[str, Any], Any]:
    body = {"status": raw.status_code, "request": raw.headers[_HEADER], "parsed": outcome.dump(answer)}
    return {"kind": "response", "body": body}, answer


def _helped(arguments: dict[str, Any]) -> dict[str, Any]:
    return _typed("helper", {key: value for key, value in arguments.items() if key != "stream"})


def _typed(way: str | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """With a type of the application's own in place of a schema, as `parse` and the helper want it."""
    if way not in ("parse", "helper"):
        return arguments
    given = dict(arguments)
    if "response_format" in given:
        given["response_format"] = _type_of(given["response_format"]["json_schema"])
    if "text" in given:
        given["text_format"] = _type_of(given.pop("text")["format"])
    return given


def _type_of(named: dict[str, Any]) -> type:
    import pydantic

    members = {name: (_TYPES[kind["type"]], ...) for name, kind in named["schema"]["properties"].items()}
    return pydantic.create_model(named["name"], **members)
