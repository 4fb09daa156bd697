"""The application under test: clients of the library `azure-ai-inference`.

A Foundry resource is called on `/models`, where the model is in the body, and so is every one when the scenario is about
model inference; any other on the address of the deployment, where it is not, as the library's documentation shows.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from typing import Any
from urllib.parse import urlsplit

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, aio, models
from azure.core.credentials import AzureKeyCredential

from azmatrix_worker import cell, outcome
from azmatrix_worker.calls import Call, Remember, Seen, StreamCall, forget
from azmatrix_worker.conversation import Completions, Turn
from azmatrix_worker.protocol import Skip, refuse_unknown
from azmatrix_worker.signin import credential_of, token_credential
from azmatrix_worker.streams import Reading

WAYS = ("context-manager",)
ABILITIES = [
    *("chat", "chat.stream", "chat.tools", "chat.continue", "embeddings", "library.azure", "library.model-inference"),
    *(f"via.{way}" for way in WAYS),
]
CHAT_KEYS = (
    "id resource operation model messages continue objects tool_results tools parameters"
    " stream include_usage read via timeout_s"
).split()
EMBEDDINGS_KEYS = "id resource operation model input parameters".split()

_FOUNDRY = ".services.ai.azure.com"
# Everything else that a request may say goes to the service as one of the model's extras.
_SETTINGS = set("frequency_penalty presence_penalty temperature top_p max_tokens response_format stop seed".split())
_SETTINGS |= {"tools", "tool_choice", "model", "dimensions", "encoding_format"}

Settings = dict[str, Any]


class Cell(cell.Cell):
    """An application with one client for each deployment and operation, made when it is first needed."""

    def _make_clients(self, request: dict[str, Any]) -> None:
        self._clients: dict[Any, Any] = {}
        self._style = os.environ.get("AZMATRIX_CALL_STYLE", "keywords")
        library = request.get("library", "azure")
        if library not in ("azure", "model-inference"):
            raise Skip("azure-ai-inference has no plain client of OpenAI")
        self._on_models = library == "model-inference"
        for name, resource in request["resources"].items():
            refuse_unknown(resource, ("endpoint", "key"), f"resource {name}")
        self._resources = request["resources"]
        self._pinned = request.get("pinned_deployment")
        self._common: dict[str, Any] = {}
        if request.get("max_retries") is not None:
            self._common["retry_total"] = request["max_retries"]
        if request.get("timeout_s") is not None:
            self._common.update(_timeout(request["timeout_s"]))
        self._version = {"api_version": request["api_version"]}
        self._credential = self._sign_in(request["auth"])

    def _sign_in(self, auth: dict[str, Any]) -> Any:
        if auth["mode"] == "entra-token":
            refuse_unknown(auth, ("mode", "token"), "auth entra-token")
            return token_credential(auth["token"], self._asynchronous)
        credential = credential_of(auth, self._asynchronous)
        if credential is not None:
            self._closeable.append(credential)
            # The library's own default is the scope of another service.
            self._common["credential_scopes"] = [auth["scope"]]
        return credential

    def _client(self, kind: str, step: dict[str, Any], settings: Settings) -> tuple[Any, Settings]:
        """The client for a step, and what is left to say in the call."""
        resource = self._resources[step["resource"]]
        deployment = self._pinned or step["model"]
        fixed: Settings = {}
        if self._on_models or (urlsplit(resource["endpoint"]).hostname or "").endswith(_FOUNDRY):
            # The address has versions of its own: the library's default is one.
            endpoint, version = f"{resource['endpoint']}/models", {}
            settings = {"model": step["model"], **settings}
        else:
            endpoint, version = f"{resource['endpoint']}/openai/deployments/{deployment}", self._version
            if step["model"] != deployment:
                settings = {"model": step["model"], **settings}
        if self._style == "constructor":
            fixed, settings = settings, {}
        key = (kind, endpoint, repr(fixed))
        if key not in self._clients:
            credential = self._credential or AzureKeyCredential(resource["key"])
            make = self._classes()[kind]
            client = make(endpoint, credential, **version, **self._common, **_keywords(fixed))
            self._clients[key] = client
            self._closeable.append(client)
        return self._clients[key], settings

    def _classes(self) -> dict[str, Any]:
        if self._asynchronous:
            return {"chat": aio.ChatCompletionsClient, "embeddings": aio.EmbeddingsClient}
        return {"chat": ChatCompletionsClient, "embeddings": EmbeddingsClient}

    def _prepare(self, step: dict[str, Any]) -> Call | StreamCall:
        if step["operation"] == "embeddings":
            return self._embed(step)
        if step["operation"] != "chat":
            raise Skip(f"azure-ai-inference does not know the operation {step['operation']}")
        if step.get("api", "completions") != "completions":
            raise Skip(f"azure-ai-inference does not know api = {step['api']}")
        refuse_unknown(step, CHAT_KEYS, "the step")
        way = cell.way_of(step, WAYS)
        sent, _ = Completions.conversation(step, self._history)
        settings = {**(step.get("parameters") or {})}
        if step.get("tools"):
            settings["tools"] = step["tools"]
        if step.get("include_usage") is not None:
            settings["stream_options"] = {"include_usage": step["include_usage"]}
        client, settings = self._client("chat", step, settings)
        request = {"messages": sent, **({"stream": True} if step.get("stream") else {})}
        call = self._calling(client.complete, request, settings, step)

        def remember(seen: dict[str, Any], answer: Any) -> None:
            turn = Completions.turn if step.get("stream") else _turn
            self._history[step["id"]] = turn(sent, seen, answer)

        if step.get("stream"):
            return StreamCall(*_opening(call, way), Reading.parse(step.get("read")), self._held, remember)
        return _answer(call, remember)

    def _embed(self, step: dict[str, Any]) -> Call:
        refuse_unknown(step, EMBEDDINGS_KEYS, "the step")
        if not isinstance(step["input"], list) or not all(isinstance(text, str) for text in step["input"]):
            raise Skip("embed() of azure-ai-inference takes a list of texts")
        client, settings = self._client("embeddings", step, step.get("parameters") or {})
        return _answer(self._calling(client.embed, {"input": step["input"]}, settings, step))

    def _calling(self, method: Any, request: Settings, settings: Settings, step: dict[str, Any]) -> Callable[[], Any]:
        options = {} if step.get("timeout_s") is None else _timeout(step["timeout_s"])
        if self._style != "body":
            return lambda: method(**request, **_keywords(settings), **options)
        if set(settings) - _SETTINGS:
            options["headers"] = {"extra-parameters": "pass-through"}
        return lambda: method(body={**request, **settings}, **options)

    def close(self) -> None:
        getattr(self, "_clients", {}).clear()
        super().close()


def _answer(call: Callable[[], Any], remember: Remember = forget) -> Call:
    def ask() -> Seen:
        answer = call()
        return outcome.response(answer), answer

    async def ask_async() -> Seen:
        answer = await call()
        return outcome.response(answer), answer

    return Call(ask, ask_async, remember)


def _opening(call: Callable[[], Any], way: str | None) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def opening(stack: ExitStack) -> Any:
        stream = call()
        return stack.enter_context(stream) if way else stream

    async def opening_async(stack: AsyncExitStack) -> Any:
        stream = await call()
        if way:
            return await stack.enter_async_context(stream)

        async def give_up(kind: Any, *_: Any) -> None:
            # The library keeps the connection of a stream that broke; applications close it by themselves.
            if kind is not None and kind is not asyncio.CancelledError:
                await stream.aclose()

        stack.push_async_exit(give_up)
        return stream

    return opening, opening_async


def _turn(sent: list[Any], seen: dict[str, Any], answer: Any) -> Turn:
    turn = Completions.turn(sent, seen, answer)
    if not turn.own:
        return turn
    message = turn.own[0]
    own = models.AssistantMessage(content=message.content, tool_calls=message.tool_calls)
    return Turn(turn.sent, turn.answer, [own], turn.id)


def _keywords(settings: Settings) -> Settings:
    """The settings as the library's keyword arguments, in its own types; what it has no keyword for is an extra."""
    given = {name: value for name, value in settings.items() if name in _SETTINGS}
    extras = {name: value for name, value in settings.items() if name not in _SETTINGS}
    if "tools" in given:
        given["tools"] = [models.ChatCompletionsToolDefinition(tool) for tool in given["tools"]]
    if isinstance(given.get("tool_choice"), dict):
        given["tool_choice"] = models.ChatCompletionsNamedToolChoice(given["tool_choice"])
    form = given.get("response_format")
    if form is not None:
        named = form["type"] == "json_schema"
        given["response_format"] = models.JsonSchemaFormat(**form["json_schema"]) if named else form["type"]
    return {**given, "model_extras": extras} if extras else given


def _timeout(seconds: float) -> Settings:
    # Reading only: how long a connection may take is another setting, and no scenario is about it.
    return {"read_timeout": seconds}


def warm_up() -> None:
    """Import what the clients import lazily, so that the first cell is not slower than the others."""
    ChatCompletionsClient("https://none.invalid", AzureKeyCredential("none")).close()
