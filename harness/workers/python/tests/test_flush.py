"""What a worker says at a flush has arrived, on every release of the SDK."""

import unittest
from importlib.util import find_spec
from pathlib import Path

from tests.support import chat, open_cell, packages_missing, worker

ADAPTERS = Path(__file__).parent / "adapters"
SIGNALS = ("/v1/traces", "/v1/logs", "/v1/metrics")


@unittest.skipIf(reason := packages_missing("openai", "opentelemetry.sdk"), reason or "")
class Flush(unittest.TestCase):
    def test_every_signal_has_arrived_at_the_reply(self) -> None:
        with worker(ADAPTERS / "every_signal.py") as (asking, world):
            asking.do("hello", protocol=1)
            open_cell(asking, world)
            for visit in (1, 2):
                asking.do("group_open", group="visit", name="visit")
                self.assertEqual(chat(asking)["kind"], "response")
                asking.do("group_close")
                counts = asking.do("flush")
                logs = 1 + (find_spec("opentelemetry._events") is not None and _sdk_has_events())
                self.assertEqual(counts, {"spans_started": 1, "spans_ended": 1, "logs_emitted": logs})
                self.assertEqual([world.came[signal] for signal in SIGNALS], [visit] * 3)
            asking.do("close")

    def test_a_collector_that_refuses_is_a_fault(self) -> None:
        with worker(ADAPTERS / "every_signal.py") as (asking, world):
            asking.do("hello", protocol=1)
            open_cell(asking, world)
            world.refuses = True
            asking.do("group_open", group="visit", name="visit")
            asking.do("group_close")
            message = asking.ask("flush")["fault"]["message"]
            self.assertIn("telemetry did not arrive: traces: ", message)
            self.assertIn("FAILURE, metrics: ", message)


def _sdk_has_events() -> bool:
    return find_spec("opentelemetry.sdk._events") is not None
