"""The application under test: Azure OpenAI clients, a conversation it remembers, a span of its own."""

import asyncio
import contextvars
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import openai

from azmatrix_worker import streams, ways
from azmatrix_worker.calls import Call, StreamCall
from azmatrix_worker.conversation import APIS, Turn
from azmatrix_worker.protocol import Skip, refuse_unknown
from azmatrix_worker.signin import sign_in

OPEN_KEYS = (
    "id op cell client library api_version resources pinned_deployment max_retries timeout_s auth environment"
).split()
CHAT_KEYS = (
    "id resource operation model messages continue objects tool_results tools parameters"
    " stream include_usage read via timeout_s api stored"
).split()
EMBEDDINGS_KEYS = "id resource operation model input parameters via".split()


class Cell:
    """One application, from `open` to `close`.

    Everything it does runs in one `contextvars` context, as in one request of a service: what an instrumentor leaves
    there meets the next step of the same cell, and never another cell.
    """

    def __init__(self, request: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        refuse_unknown(request, OPEN_KEYS, "open")
        if request["client"] not in ("sync", "async"):
            raise Skip(f"the Python worker has no {request['client']} client")
        self._asynchronous = request["client"] == "async"
        self._loop = loop
        self._context = contextvars.copy_context()
        self._history: dict[str, Turn] = {}
        self._held: list[Any] = []
        self._closeable: list[Any] = []
        self._clients: dict[str, Any] = {}
        self._group: AbstractContextManager[Any] | None = None
        self._replaced = _set_environment(request.get("environment") or {})
        try:
            self._context.run(self._make_clients, request)
        except BaseException:
            self.close()
            raise

    def _make_clients(self, request: dict[str, Any]) -> None:
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

    def open_group(self, group: AbstractContextManager[Any]) -> None:
        if self._group is not None:
            raise RuntimeError("a group is open already")
        self._context.run(group.__enter__)
        self._group = group

    def close_group(self) -> None:
        if self._group is None:
            raise RuntimeError("no group is open")
        group, self._group = self._group, None
        self._context.run(group.__exit__, None, None, None)

    def run(self, step: dict[str, Any]) -> dict[str, Any]:
        """Perform one step; what the application saw of it is the answer, and its exceptions are part of that."""
        call = self._prepare(step)
        if self._asynchronous:
            return call.finish(*self._await(call.perform_async()))
        return call.finish(*self._context.run(call.perform))

    def run_all(self, branches: list[dict[str, Any]], group: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Perform branches at the same time, each in a copy of the application's context. Gives outcomes by step.

        Applications that pass work on to threads or tasks do the same: tasks copy by themselves, for threads there is
        `asyncio.to_thread`.
        """
        outcomes: dict[str, Any] = {}
        if self._asynchronous:
            self._await(self._gather(branches, group, outcomes))
            return outcomes
        contexts = [self._context.copy() for _ in branches]
        with ThreadPoolExecutor(len(branches)) as threads:
            work = [
                threads.submit(context.run, self._branch, branch, group, outcomes)
                for context, branch in zip(contexts, branches, strict=True)
            ]
        for one in work:
            one.result()
        return outcomes

    def _branch(self, branch: dict[str, Any], group: Callable[[dict[str, Any]], Any], outcomes: dict[str, Any]) -> None:
        with group(branch["group"]) if branch.get("group") else nullcontext():
            for step in branch["steps"]:
                call = self._prepare(step)
                outcomes[step["id"]] = call.finish(*call.perform())

    async def _gather(
        self, branches: list[dict[str, Any]], group: Callable[[dict[str, Any]], Any], outcomes: dict[str, Any]
    ) -> None:
        async def perform(branch: dict[str, Any]) -> None:
            with group(branch["group"]) if branch.get("group") else nullcontext():
                for step in branch["steps"]:
                    call = self._prepare(step)
                    outcomes[step["id"]] = call.finish(*await call.perform_async())

        await asyncio.gather(*(perform(branch) for branch in branches))

    def _prepare(self, step: dict[str, Any]) -> "Call":
        client = self._clients[step["resource"]]
        if step["operation"] == "embeddings":
            refuse_unknown(step, EMBEDDINGS_KEYS, "the step")
            arguments = {"input": step["input"], **_common(step)}
            return Call(client.embeddings, _way(step), arguments)
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

        resource, way = api.resource(client), _way(step)
        if not step.get("stream"):
            if step.get("read") is not None or step.get("include_usage") is not None:
                raise RuntimeError("read and include_usage are for streams")
            return Call(resource, way, arguments, remember)
        arguments["stream"] = True
        if step.get("include_usage") is not None:
            arguments["stream_options"] = {"include_usage": step["include_usage"]}
        return StreamCall(resource, way, arguments, remember, streams.Reading.parse(step.get("read")), self._held)

    def _await(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(self._loop.create_task(coroutine, context=self._context))

    def close(self) -> None:
        """Drop what the application held, close its clients, put the environment back."""
        try:
            if self._group is not None:
                self.close_group()
            self._held.clear()
            self._history.clear()
            self._clients.clear()
            for closeable in reversed(self._closeable):
                if self._asynchronous:
                    self._await(closeable.close())
                else:
                    self._context.run(closeable.close)
            self._closeable.clear()
        finally:
            _restore_environment(self._replaced)
            self._replaced = {}


def _common(step: dict[str, Any]) -> dict[str, Any]:
    return {"model": step["model"], **(step.get("parameters") or {})}


def _way(step: dict[str, Any]) -> str | None:
    way = step.get("via")
    if way is not None and way not in ways.WAYS:
        raise Skip(f"the Python worker does not know via = {way}")
    return way


def _set_environment(values: dict[str, str]) -> dict[str, str | None]:
    replaced = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    return replaced


def _restore_environment(replaced: dict[str, str | None]) -> None:
    for name, value in replaced.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def warm_up() -> None:
    """Import what the client imports lazily, so that the first cell is not slower than the others."""
    client = openai.AzureOpenAI(api_key="none", api_version="none", azure_endpoint="https://none.invalid")
    _ = (client.chat.completions.create, client.embeddings.create)
    client.close()
