"""What is sent on in a conversation."""

import unittest
from typing import Any

from azmatrix_worker.conversation import APIS, Completions, Turn

QUESTION = {"role": "user", "content": "Well?"}
MORE = {"role": "user", "content": "And?"}
CALL = {"role": "assistant", "tool_calls": [{"id": "b"}, {"id": "a"}]}
ITEM = {"type": "function_call", "call_id": "a"}
OWN = object()


class Sent(unittest.TestCase):
    def check(self, api: str, step: dict[str, Any], turn: Turn, expected: dict[str, Any]) -> None:
        _, arguments = APIS[api].conversation({"continue": "earlier", "messages": [MORE], **step}, {"earlier": turn})
        self.assertEqual(arguments, expected)

    def test_a_conversation_goes_on(self) -> None:
        said = {"role": "assistant", "content": "Yes."}
        turn = Turn([QUESTION], [said], [OWN], "id-1")
        self.check("completions", {}, turn, {"messages": [QUESTION, said, MORE]})
        self.check("completions", {"objects": True}, turn, {"messages": [QUESTION, OWN, MORE]})
        self.check("responses", {}, turn, {"input": [QUESTION, said, MORE]})
        self.check("responses", {"stored": True}, turn, {"input": [MORE], "previous_response_id": "id-1"})

    def test_results_are_sent_in_the_order_of_the_calls(self) -> None:
        results = {"tool_results": {"a": {"grad": "9°"}, "b": [1, 2]}, "messages": []}
        tools = [
            {"role": "tool", "tool_call_id": "b", "content": "[1,2]"},
            {"role": "tool", "tool_call_id": "a", "content": '{"grad":"9°"}'},
        ]
        self.check("completions", results, Turn([QUESTION], [CALL], None), {"messages": [QUESTION, CALL, *tools]})
        output = {"type": "function_call_output", "call_id": "a", "output": "3"}
        step = {"tool_results": {"a": 3}, "messages": []}
        self.check("responses", step, Turn([QUESTION], [ITEM], None), {"input": [QUESTION, ITEM, output]})

    def test_what_cannot_be_continued_is_a_fault(self) -> None:
        step = {"continue": "earlier", "tool_results": {"c": 1}}
        for history, message in (
            ({}, "step earlier has no answer to continue from"),
            ({"earlier": Turn([], None, None)}, "step earlier has no answer to continue from"),
            ({"earlier": Turn([], [CALL], None)}, "no tool call has the id c"),
        ):
            with self.subTest(message), self.assertRaisesRegex(RuntimeError, message):
                Completions.conversation(step, history)
