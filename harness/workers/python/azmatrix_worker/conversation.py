"""What an application remembers of a conversation, and how it sends it on, in the two APIs for conversations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azmatrix_worker import outcome, streams


@dataclass(frozen=True)
class Turn:
    """One step of a conversation."""

    # What was sent.
    sent: list[Any]
    # What came: messages or items to send back, as plain data and as the client's own objects.
    answer: list[Any] | None
    own: list[Any] | None
    # The answer's id.
    id: str | None = None

    def given_back(self, objects: bool) -> list[Any]:
        """A stream leaves no object behind: an application puts the message together by itself."""
        return self.own if objects and self.own is not None else self.answer or []


class Completions:
    """Chat completions: the whole conversation goes with every request, as messages."""

    @staticmethod
    def resource(client: Any) -> Any:
        return client.chat.completions

    @staticmethod
    def conversation(step: dict[str, Any], history: Mapping[str, Turn]) -> tuple[list[Any], dict[str, Any]]:
        """What is sent, to be remembered, and the arguments that send it."""
        earlier = _earlier(step, history)
        messages: list[Any] = []
        if earlier is not None:
            messages += [*earlier.sent, *earlier.given_back(bool(step.get("objects")))]
            calls = [call["id"] for message in earlier.answer or [] for call in message.get("tool_calls") or []]
            for call, content in _results(step, calls):
                messages.append({"role": "tool", "tool_call_id": call, "content": content})
        messages += step.get("messages") or []
        return messages, {"messages": messages}

    @staticmethod
    def turn(sent: list[Any], seen: dict[str, Any], answer: Any) -> Turn:
        if seen["kind"] == "stream":
            return Turn(sent, [streams.assistant_message(seen["chunks"])], None)
        choices = getattr(answer, "choices", None)
        if not choices:
            return Turn(sent, None, None)
        return Turn(sent, [outcome.dump(choices[0].message)], [choices[0].message], answer.id)


class Responses:
    """Responses: items go in and come out; the service can remember them."""

    @staticmethod
    def resource(client: Any) -> Any:
        return client.responses

    @staticmethod
    def conversation(step: dict[str, Any], history: Mapping[str, Turn]) -> tuple[list[Any], dict[str, Any]]:
        """As for completions."""
        earlier = _earlier(step, history)
        items: list[Any] = []
        arguments: dict[str, Any] = {"input": items}
        if earlier is not None:
            if step.get("stored"):
                arguments["previous_response_id"] = earlier.id
            else:
                items += [*earlier.sent, *earlier.given_back(bool(step.get("objects")))]
            calls = [item["call_id"] for item in earlier.answer or [] if item.get("type") == "function_call"]
            for call, output in _results(step, calls):
                items.append({"type": "function_call_output", "call_id": call, "output": output})
        items += step.get("messages") or []
        return items, arguments

    @staticmethod
    def turn(sent: list[Any], seen: dict[str, Any], answer: Any) -> Turn:
        if seen["kind"] == "stream":
            ends = [chunk["response"] for chunk in seen["chunks"] if chunk.get("type") == "response.completed"]
            return Turn(sent, ends[-1]["output"], None, ends[-1]["id"]) if ends else Turn(sent, None, None)
        output = getattr(answer, "output", None)
        if output is None:
            return Turn(sent, None, None)
        return Turn(sent, [outcome.dump(item) for item in output], list(output), answer.id)


APIS: dict[str, type[Completions] | type[Responses]] = {"completions": Completions, "responses": Responses}


def _earlier(step: dict[str, Any], history: Mapping[str, Turn]) -> Turn | None:
    name = step.get("continue")
    if name is None:
        return None
    turn = history.get(name)
    if turn is None or turn.answer is None:
        raise RuntimeError(f"step {name} has no answer to continue from")
    return turn


def _results(step: dict[str, Any], calls: list[str]) -> list[tuple[str, str]]:
    """Results of tools as JSON, in the order of the calls."""
    results = step.get("tool_results") or {}
    unknown = sorted(set(results) - set(calls))
    if unknown:
        raise RuntimeError(f"no tool call has the id {', '.join(unknown)}")
    written = {
        call: json.dumps(results[call], separators=(",", ":"), ensure_ascii=False) for call in calls if call in results
    }
    return list(written.items())
