"""An adapter that does more than import while it is imported, as TOUCHES says."""

import asyncio
import os
import threading
from collections.abc import Callable

import openai
import requests
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider


def _set_loop() -> None:
    # One that is closed holds no descriptor.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.close()


def _open() -> None:
    opened = os.open("/dev/zero", os.O_RDONLY)
    os.dup2(opened, 9)
    os.close(opened)


_WAYS: dict[str, Callable[[], object]] = {
    "thread": lambda: threading.Thread(target=threading.Event().wait, daemon=True).start(),
    "descriptor": _open,
    "loop": _set_loop,
    "tracer": lambda: trace.set_tracer_provider(TracerProvider()),
    "logger": lambda: _logs.set_logger_provider(LoggerProvider()),
    "meter": lambda: metrics.set_meter_provider(MeterProvider()),
    "method": lambda: setattr(openai.resources.chat.Completions, "create", lambda *_: None),
    "function": lambda: setattr(requests, "get", lambda *_: None),
    "fork": lambda: os.register_at_fork(before=lambda: None),
}
for way in os.environ["TOUCHES"].split():
    _WAYS[way]()
