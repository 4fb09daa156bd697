"""OpenLIT, set up as its README says, on the application's own providers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anthropic  # noqa: F401  (`init` imports it, in half a second, which is the parent's when a worker is forked)
import openlit

from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    # It finds the global providers. Without a price list of one's own it fetches one from the internet.
    openlit.init(pricing_json=str(Path(__file__).with_name("pricing.json")))


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    given = {key: value for key, value in (("session.id", session), ("user.id", user)) if value is not None}
    with openlit.using_attributes(given), openlit.start_trace(name) as span:
        span.set_metadata(given)
        yield
