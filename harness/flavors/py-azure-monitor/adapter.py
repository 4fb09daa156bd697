"""Azure Monitor's distribution with OpenTelemetry's OpenAI instrumentor, as Azure AI Foundry's guide sets them up."""

import os

from azure.monitor.opentelemetry import configure_azure_monitor
from opentelemetry import _logs, metrics, trace
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

from azmatrix_worker.telemetry import Providers

BRINGS_PROVIDERS = True


def instrument(providers: Providers) -> None:
    # An Application Insights resource as its connection string names it.
    endpoint = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
    configure_azure_monitor(
        connection_string=f"InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint={endpoint}",
        # Every span arrives; the default takes five traces a second.
        sampling_ratio=1.0,
        span_processors=[providers.span_counter],
        # What is measured every second, about this machine, belongs to no step.
        enable_live_metrics=False,
        enable_performance_counters=False,
        disable_offline_storage=True,
    )
    instrumentor = OpenAIInstrumentor()
    instrumentor.instrument()
    if not instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError("the instrumentor refused this version of openai")


def flush() -> None:
    trace.get_tracer_provider().force_flush()
    _logs.get_logger_provider().force_flush()
    metrics.get_meter_provider().force_flush()
