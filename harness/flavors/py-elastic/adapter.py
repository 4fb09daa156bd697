"""Elastic's OpenAI instrumentor on its own, without EDOT around it."""

from azmatrix_worker.instrumentors import turn_on
from azmatrix_worker.telemetry import Providers
from opentelemetry.instrumentation.openai import OpenAIInstrumentor


def instrument(providers: Providers) -> None:
    # Not with `providers`: 1.2.0 passes a logger provider it is given to `get_logger` as the scope's version, and no log
    # record can be exported then. Its README has `opentelemetry-instrument`, which leaves it to the global ones.
    turn_on(OpenAIInstrumentor(), None)
