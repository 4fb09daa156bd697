"""OpenLLMetry's OpenAI instrumentor on its own, without Traceloop's SDK around it."""

from opentelemetry.instrumentation.openai import OpenAIInstrumentor

from azmatrix_worker.instrumentors import turn_on
from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    turn_on(OpenAIInstrumentor(), providers)
