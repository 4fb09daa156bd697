"""Pydantic Logfire, set up as its pages on OpenAI, on baggage and on other backends say."""

import os

import logfire

from azmatrix_worker.pydantic_logfire import configure, flush, group
from azmatrix_worker.telemetry import Providers

__all__ = ["BRINGS_PROVIDERS", "flush", "group", "instrument"]

BRINGS_PROVIDERS = True


def instrument(providers: Providers) -> None:
    configure(providers, __file__)
    logfire.instrument_openai(**_version())


def _version() -> dict[str, object]:
    asked = os.environ.get("FLAVOR_VERSION")
    if asked is None:
        return {}
    versions = [int(part) if part.isdigit() else part for part in asked.split(",")]
    return {"version": versions[0] if len(versions) == 1 else versions}
