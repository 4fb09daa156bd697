"""The application under test: Azure OpenAI clients of the library `openai`."""

from typing import Any

import openai

from azmatrix_worker import cell, streams, ways
from azmatrix_worker.calls import Call, Remember, StreamCall, forget
from azmatrix_worker.conversation import APIS
from azmatrix_worker.protocol import Skip, refuse_unknown
from azmatrix_worker.signin import sign_in

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
        if library == "model-inference":
            raise Skip("the openai package has no client for /models")
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

    def _prepare(self, step: dict[str, Any]) -> Call | StreamCall:
        client = self._clients[step["resource"]]
        if step["operation"] == "embeddings":
            refuse_unknown(step, EMBEDDINGS_KEYS, "the step")
            return _call(client.embeddings, cell.way_of(step), {"input": step["input"], **_common(step)})
        if step["operation"] != "chat":
            raise Skip(f"the Python worker does not know the operation {step['operation']}")
        refuse_unknown(step, CHAT_KEYS, "the step")
        api = APIS.get(step.get("api", "completions"))
        if api is None:
            raise Skip(f"the Python worker does not know api = {step['api']}")
        sent, arguments = api.conversation(step, self._history)
        arguments.update(_common(step))
        if step.get("tools"):
            arguments["tools"] = step["tools"]
        if step.get("timeout_s") is not None:
            arguments["timeout"] = step["timeout_s"]

        def remember(seen: dict[str, Any], answer: Any) -> None:
            self._history[step["id"]] = api.turn(sent, seen, answer)

        resource, way = api.resource(client), cell.way_of(step)
        if not step.get("stream"):
            if step.get("read") is not None or step.get("include_usage") is not None:
                raise RuntimeError("read and include_usage are for streams")
            return _call(resource, way, arguments, remember)
        arguments["stream"] = True
        if step.get("include_usage") is not None:
            arguments["stream_options"] = {"include_usage": step["include_usage"]}
        return StreamCall(
            lambda stack: ways.open_stream(resource, way, arguments, stack),
            lambda stack: ways.open_stream_async(resource, way, arguments, stack),
            streams.Reading.parse(step.get("read")),
            self._held,
            remember,
        )

    def close(self) -> None:
        getattr(self, "_clients", {}).clear()
        super().close()


def _common(step: dict[str, Any]) -> dict[str, Any]:
    return {"model": step["model"], **(step.get("parameters") or {})}


def _call(resource: Any, way: str | None, arguments: dict[str, Any], remember: Remember = forget) -> Call:
    return Call(
        lambda: ways.call(resource, way, arguments),
        lambda: ways.call_async(resource, way, arguments),
        remember,
    )


def warm_up() -> None:
    """Import what the client imports lazily, so that the first cell is not slower than the others."""
    client = openai.AzureOpenAI(api_key="none", api_version="none", azure_endpoint="https://none.invalid")
    _ = (client.chat.completions.create, client.embeddings.create)
    client.close()
