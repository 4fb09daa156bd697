"""The application under test: Azure OpenAI clients of the library `openai`."""

from collections.abc import Callable
from typing import Any

import openai

from azmatrix_worker import cell, ways
from azmatrix_worker.conversation import APIS
from azmatrix_worker.protocol import Skip, refuse_unknown
from azmatrix_worker.signin import sign_in

# The part of the client that a step calls.
Resource = Callable[[Any], Any]

ABILITIES = [
    *("chat", "chat.stream", "chat.tools", "chat.continue", "embeddings", "library.azure", "library.openai-v1"),
    *(f"via.{way}" for way in ways.WAYS),
]
CHAT_KEYS = (
    "id resource operation model messages continue objects tool_results tools parameters"
    " stream include_usage read via timeout_s api stored"
).split()
EMBEDDINGS_KEYS = "id resource operation model input parameters via".split()


class Cell(cell.Cell):
    """An application with one client for each resource."""

    def _make_clients(self, request: dict[str, Any]) -> None:
        self._clients: dict[str, Any] = {}
        signin = sign_in(request["auth"], self._asynchronous)
        self._closeable += signin.closeable
        library = request.get("library", "azure")
        if library not in ("azure", "openai-v1"):
            raise Skip(f"the Python worker does not know the client {library}")
        arguments = dict(signin.arguments)
        for key, argument in (
            ("pinned_deployment", "azure_deployment"),
            ("max_retries", "max_retries"),
            ("timeout_s", "timeout"),
        ):
            if request.get(key) is not None:
                arguments[argument] = request[key]
        for name, resource in request["resources"].items():
            refuse_unknown(resource, ("endpoint", "key"), f"resource {name}")
            # Each resource has keys of its own; every other way to sign in is the same for all.
            if resource.get("key") is not None:
                arguments["api_key"] = resource["key"]
            if library == "azure":
                client = self._azure(resource["endpoint"], request["api_version"], arguments)
            else:
                client = self._plain(resource["endpoint"], arguments)
            self._clients[name] = client
            self._closeable.append(client)

    def _azure(self, endpoint: str, version: str, arguments: dict[str, Any]) -> Any:
        make = openai.AsyncAzureOpenAI if self._asynchronous else openai.AzureOpenAI
        return make(azure_endpoint=endpoint, api_version=version, **arguments)

    def _plain(self, endpoint: str, arguments: dict[str, Any]) -> Any:
        """The client of OpenAI itself, which knows Azure only as another address; tokens take the place of the key."""
        make = openai.AsyncOpenAI if self._asynchronous else openai.OpenAI
        given = dict(arguments)
        for name in ("azure_ad_token", "azure_ad_token_provider"):
            if name in given:
                given["api_key"] = given.pop(name)
        return make(base_url=f"{endpoint}/openai/v1/", **given)

    def run(self, step: dict[str, Any]) -> dict[str, Any]:
        if step["operation"] == "embeddings":
            refuse_unknown(step, EMBEDDINGS_KEYS, "the step")
            arguments = {"input": step["input"], **self._common(step)}
            seen, _ = self._call(lambda client: client.embeddings, step, arguments)
            return seen
        if step["operation"] != "chat":
            raise Skip(f"the Python worker does not know the operation {step['operation']}")
        refuse_unknown(step, CHAT_KEYS, "the step")
        api = APIS.get(step.get("api", "completions"))
        if api is None:
            raise Skip(f"the Python worker does not know api = {step['api']}")
        sent, arguments = api.conversation(step, self._history)
        arguments.update(self._common(step))
        if step.get("tools"):
            arguments["tools"] = step["tools"]
        if step.get("timeout_s") is not None:
            arguments["timeout"] = step["timeout_s"]
        answer = None
        if not step.get("stream"):
            if step.get("read") is not None or step.get("include_usage") is not None:
                raise RuntimeError("read and include_usage are for streams")
            seen, answer = self._call(api.resource, step, arguments)
        else:
            arguments["stream"] = True
            if step.get("include_usage") is not None:
                arguments["stream_options"] = {"include_usage": step["include_usage"]}
            seen = self._stream(api.resource, step, arguments)
        self._history[step["id"]] = api.turn(sent, seen, answer)
        return seen

    def _common(self, step: dict[str, Any]) -> dict[str, Any]:
        return {"model": step["model"], **(step.get("parameters") or {})}

    def _call(self, resource: Resource, step: dict[str, Any], arguments: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        client, way = self._clients[step["resource"]], cell.way_of(step)
        return self._answered(
            lambda: ways.call(resource(client), way, arguments),
            lambda: ways.call_async(resource(client), way, arguments),
        )

    def _stream(self, part: Resource, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        way = cell.way_of(step)
        resource = part(self._clients[step["resource"]])
        return self._streamed(
            step,
            lambda stack: ways.open_stream(resource, way, arguments, stack),
            lambda stack: ways.open_stream_async(resource, way, arguments, stack),
        )

    def close(self) -> None:
        getattr(self, "_clients", {}).clear()
        super().close()


def warm_up() -> None:
    """Import what the client imports lazily, so that the first cell is not slower than the others."""
    client = openai.AzureOpenAI(api_key="none", api_version="none", azure_endpoint="https://none.invalid")
    _ = (client.chat.completions.create, client.embeddings.create)
    client.close()
