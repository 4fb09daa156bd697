"""What the application saw, written down so that two runs can be compared."""

import sys
from typing import Any


def response(body: Any) -> dict[str, Any]:
    return {"kind": "response", "body": dump(body)}


def stream(chunks: list[Any], ended: str, error: BaseException | None) -> dict[str, Any]:
    described = None if error is None else describe(error)
    return {"kind": "stream", "chunks": [dump(chunk) for chunk in chunks], "ended": ended, "error": described}


def failure(error: BaseException) -> dict[str, Any]:
    return {"kind": "error", "error": describe(error)}


def dump(model: Any) -> Any:
    """Only what the service sent, under the names it used."""
    if hasattr(model, "as_dict"):  # models of the Azure SDK
        return model.as_dict()
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def describe(error: BaseException) -> dict[str, Any]:
    status = getattr(error, "status_code", None)
    return {
        "type": public_name(type(error)),
        "message": str(error),
        "status": status if isinstance(status, int) else None,
        "code": _text(getattr(error, "code", None) or getattr(getattr(error, "error", None), "code", None)),
        "request_id": _text(getattr(error, "request_id", None)),
    }


def public_name(kind: type) -> str:
    """The shortest module that offers the class: httpx.ReadError, although it is defined in httpx._exceptions."""
    if kind.__module__ == "builtins":
        return kind.__qualname__
    parts = kind.__module__.split(".")
    for length in range(1, len(parts)):
        module = sys.modules.get(".".join(parts[:length]))
        if module is not None and vars(module).get(kind.__qualname__) is kind:
            return f"{module.__name__}.{kind.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
