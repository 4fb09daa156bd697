"""The one file a flavor brings to the worker: its adapter."""

import importlib.util
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import Any

from azmatrix_worker.telemetry import Providers, application_span

Group = Callable[[str, str | None, str | None], AbstractContextManager[Any]]


def _nothing(*_: Any) -> None:
    """The control has no instrumentor."""


@dataclass(frozen=True)
class Adapter:
    """`instrument` turns the package on, `group` opens the application's span, `flush` is the vendor's own flush.

    A product that `BRINGS_PROVIDERS` finds no global ones, as in an application that has only this product. `forget` drops
    what the product keeps of a cell where that would show in the next one, which is a fault of it to be told there.
    """

    instrument: Callable[[Providers], None] = _nothing
    group: Group = application_span
    flush: Callable[[], None] = _nothing
    forget: Callable[[], None] = _nothing
    BRINGS_PROVIDERS: bool = False


def load() -> Adapter:
    """The adapter at AZMATRIX_FLAVOR_ADAPTER; without that variable the one that does nothing."""
    path = os.environ.get("AZMATRIX_FLAVOR_ADAPTER")
    if not path:
        return Adapter()
    found = importlib.util.spec_from_file_location("azmatrix_flavor_adapter", path)
    if found is None or found.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return Adapter(**{part.name: getattr(module, part.name) for part in fields(Adapter) if hasattr(module, part.name)})
