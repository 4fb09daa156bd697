"""A parent forks workers that cannot be told from fresh ones, or says why it does not."""

import os
import signal
import tempfile
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import ParentProcess, World, chat, environment, is_alive, open_cell, packages_missing, worker

ADAPTERS = Path(__file__).parent / "adapters"


@contextmanager
def parent(adapter: str = "every_signal", **more: str) -> Iterator[tuple[ParentProcess, World]]:
    world = World()
    with tempfile.TemporaryDirectory() as home:
        process = ParentProcess(environment(world, home, ADAPTERS / f"{adapter}.py", **more), home)
        try:
            yield process, world
        finally:
            process.end()
            world.close()


@unittest.skipIf(reason := packages_missing("openai", "azure.identity", "opentelemetry.sdk"), reason or "")
class Parent(unittest.TestCase):
    def test_each_child_is_a_worker_of_its_own(self) -> None:
        with parent() as (parent_process, world):
            self.assertEqual(parent_process.ask("hello", protocol=1), {"ok": {"protocol": 1}})
            seen = []
            for visit in (1, 2):
                child = parent_process.fork(environment={"OTEL_EXPORTER_OTLP_ENDPOINT": f"{world.address}/{visit}"})
                self.assertEqual(os.getpgid(child.pid), child.pid)
                self.assertEqual(child.asking.do("hello", protocol=1)["runtime"], "python")
                open_cell(child.asking, world)
                child.asking.do("group_open", group="visit", name="visit")
                self.assertEqual(chat(child.asking)["kind"], "response")
                child.asking.do("group_close")
                self.assertEqual(child.asking.do("flush")["spans_ended"], 1)
                child.asking.do("close")
                child.asking.end()
                self.assertEqual(parent_process.how_it_ended(child.pid), {"code": 0})
                self.assertEqual(child.errors(), "")
                seen.append([body for path, body in world.bodies if path == f"/{visit}/v1/traces"])
            self.assertEqual([len(bodies) for bodies in seen], [1, 1])
            self.assertNotEqual(seen[0], seen[1], "both have the same ids: random numbers have the same seed")

    def test_a_child_is_what_a_fresh_process_is(self) -> None:
        with worker(ADAPTERS / "looks_around.py") as (asking, _):
            asking.do("hello", protocol=1)
            fresh = asking.ask("open")["fault"]["message"]
        with parent("looks_around") as (parent_process, _):
            parent_process.ask("hello", protocol=1)
            child = parent_process.fork()
            child.asking.do("hello", protocol=1)
            self.assertEqual(child.asking.ask("open")["fault"]["message"], fresh)
            self.assertEqual(child.errors(), "")

    def test_what_is_printed_by_a_child_is_on_its_own_standard_error(self) -> None:
        with parent("prints") as (parent_process, _):
            parent_process.ask("hello", protocol=1)
            for _ in range(2):
                child = parent_process.fork()
                child.asking.do("hello", protocol=1)
                child.asking.end()
                # The adapter itself runs anew in each; the text that the parent kept in a buffer is written once.
                self.assertEqual(child.errors(), "imported\nset up\n")
            self.assertEqual(parent_process.end(), ("", "imported\n"))

    def test_a_process_that_has_done_something_is_not_forked(self) -> None:
        everything = [
            "1 threads were started",
            "descriptor 9 is open: /dev/zero",
            "an asyncio loop is set",
            "get_tracer_provider() gives opentelemetry.sdk.trace.TracerProvider",
            "get_meter_provider() gives opentelemetry.sdk.metrics._internal.MeterProvider",
            "get_logger_provider() gives opentelemetry.sdk._logs._internal.LoggerProvider",
            "openai.resources.chat.completions.completions.Completions.create was replaced",
            "azmatrix_flavor_adapter wants to be called before a fork",
        ]
        cases = {
            "thread descriptor loop tracer logger meter method fork": everything,
            "function": ["requests.get was replaced"],
        }
        for case, reasons in cases.items():
            with self.subTest(case), parent("touches", TOUCHES=case) as (parent_process, _):
                refusal = {"skip": f"it cannot be forked: {'; '.join(reasons)}"}
                self.assertEqual(parent_process.ask("hello", protocol=1), refusal)
                self.assertEqual(_ask_to_fork(parent_process), refusal)

    def test_an_import_that_fails_is_a_fault(self) -> None:
        with parent("touches", TOUCHES="nothing-known") as (parent_process, _):
            self.assertIn("KeyError: 'nothing-known'", parent_process.ask("hello", protocol=1)["fault"]["message"])

    def test_requests_out_of_order_are_refused(self) -> None:
        with parent() as (parent_process, _):
            self.assertEqual(
                _ask_to_fork(parent_process)["fault"]["message"], "RuntimeError: the first request must be hello"
            )
            self.assertIn("protocol 2 was asked for", parent_process.ask("hello", protocol=2)["fault"]["message"])
            self.assertEqual(parent_process.ask("run"), {"skip": "a parent does not know the request run"})
            parent_process.ask("hello", protocol=1)
            without = parent_process.ask("fork")["fault"]["message"]
            self.assertEqual(without, "RuntimeError: fork came with 0 descriptors instead of 3")
            unknown = _ask_to_fork(parent_process, directory="/")
            self.assertEqual(unknown, {"skip": "the Python worker does not know directory in fork"})

    def test_the_end_of_a_child_is_told_and_takes_its_own_children_along(self) -> None:
        with parent("starts_a_process") as (parent_process, _):
            parent_process.ask("hello", protocol=1)
            child = parent_process.fork()
            child.asking.do("hello", protocol=1)
            grandchild = int(child.asking.ask("open")["fault"]["message"].rpartition(" ")[2])
            self.assertTrue(is_alive(grandchild))
            os.kill(child.pid, signal.SIGKILL)
            self.assertEqual(parent_process.how_it_ended(child.pid), {"signal": signal.SIGKILL})
            self.assertEqual(child.errors(), "", "its standard error is closed, so nobody is left who has it")

    def test_no_child_outlives_its_parent(self) -> None:
        for kill in (True, False):
            with self.subTest(kill=kill), parent() as (parent_process, _):
                parent_process.ask("hello", protocol=1)
                child = parent_process.fork()
                child.asking.do("hello", protocol=1)
                if kill:
                    parent_process.process.kill()
                else:
                    parent_process.end()
                self.assertEqual(child.errors(), "", "its standard error is closed, so it has ended")


def _ask_to_fork(parent_process: ParentProcess, **fields: str) -> dict[str, Any]:
    return parent_process.ask("fork", (0, 1, 2), **fields)
