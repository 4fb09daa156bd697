"""What flavors share whose package has OpenTelemetry's own kind of instrumentor."""

from typing import Any

from azmatrix_worker.telemetry import Providers


def turn_on(instrumentor: Any, providers: Providers | None) -> None:
    """Instrument with these providers; None leaves it to the package to find the global ones, which are the same.

    A package that does not know this version of the client only logs that, so it is asked afterwards.
    """
    given = ("tracer_provider", "logger_provider", "meter_provider") if providers is not None else ()
    instrumentor.instrument(**{name: getattr(providers, name) for name in given})
    if not instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError("the instrumentor refused this version of openai")
