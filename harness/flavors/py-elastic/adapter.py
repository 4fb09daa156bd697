"""Elastic's OpenAI instrumentor on its own, without EDOT around it."""

import os

from opentelemetry.instrumentation.openai import OpenAIInstrumentor

from azmatrix_worker.instrumentors import turn_on
from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    # Its README has `opentelemetry-instrument`, which gives no providers; an application that sets up OpenTelemetry by
    # itself gives its own, as to any instrumentor.
    given = os.environ.get("FLAVOR_PROVIDERS") == "given"
    turn_on(OpenAIInstrumentor(), providers if given else None)
