"""Lines, replies and refusals."""

import json
import unittest
from typing import Any

from azmatrix_worker import protocol
from azmatrix_worker.protocol import Skip


def _refuse(_: dict[str, Any]) -> dict[str, Any]:
    raise Skip("not here")


def _fail(_: dict[str, Any]) -> dict[str, Any]:
    raise ValueError("it broke")


class Answer(unittest.TestCase):
    def check(self, line: bytes, handle: Any, *expected: object) -> None:
        reply = json.loads(protocol.answer(line, handle))
        traceback = reply.get("fault", {}).pop("traceback", None)
        self.assertEqual((reply, traceback is not None), expected)

    def test_a_reply_says_one_thing(self) -> None:
        self.check(b'{"id":1,"op":"x"}', lambda request: {"op": request["op"]}, {"id": 1, "ok": {"op": "x"}}, False)
        self.check(b'{"id":2}', _refuse, {"id": 2, "skip": "not here"}, False)
        self.check(b'{"id":3}', _fail, {"id": 3, "fault": {"message": "ValueError: it broke"}}, True)

    def test_what_is_no_request_is_a_fault_without_id(self) -> None:
        expected = "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
        self.check(b"nonsense\n", _refuse, {"id": None, "fault": {"message": expected}}, True)
        self.check(b"{}", _refuse, {"id": None, "fault": {"message": "KeyError: 'id'"}}, True)

    def test_a_number_that_json_lacks_is_a_fault(self) -> None:
        expected = "ValueError: Out of range float values are not JSON compliant"
        self.check(b'{"id":4}', lambda _: {"n": float("nan")}, {"id": 4, "fault": {"message": expected}}, True)

    def test_half_a_surrogate_pair_survives_on_one_line(self) -> None:
        line = protocol.answer(b'{"id":5}', lambda _: {"text": "\ud83d\n"})
        self.assertEqual(line, b'{"id":5,"ok":{"text":"\\ud83d\\n"}}\n')


class Refusals(unittest.TestCase):
    def test_unknown_keys_are_named_and_nulls_are_absent(self) -> None:
        protocol.refuse_unknown({"known": 1, "unknown": None}, ("known",), "the step")
        with self.assertRaisesRegex(Skip, "^the Python worker does not know a, b in the step$"):
            protocol.refuse_unknown({"b": 1, "a": 0, "known": 1}, ("known",), "the step")

    def test_another_version_is_a_fault(self) -> None:
        protocol.refuse_other_version({"id": 1, "op": "hello", "protocol": 1})
        with self.assertRaisesRegex(RuntimeError, "protocol 2 was asked for, this worker speaks 1"):
            protocol.refuse_other_version({"id": 1, "op": "hello", "protocol": 2})
