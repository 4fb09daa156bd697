"""OpenTelemetry's own instrumentor, the one that Azure AI Foundry's guide names."""

from azmatrix_worker.telemetry import Providers
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor


def instrument(providers: Providers) -> None:
    instrumentor = OpenAIInstrumentor()
    instrumentor.instrument(
        tracer_provider=providers.tracer_provider,
        logger_provider=providers.logger_provider,
        meter_provider=providers.meter_provider,
    )
    if not instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError("the instrumentor refused this version of openai")
