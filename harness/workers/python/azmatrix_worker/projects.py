"""The application under test: the OpenAI client that a Foundry project gives, of the library `azure-ai-projects`.

A Foundry resource answers under several names; its projects are on `services.ai.azure.com`.
"""

from typing import Any
from urllib.parse import urlsplit

import openai
from azure.ai.projects import AIProjectClient, aio

from azmatrix_worker import application, ways
from azmatrix_worker.calls import Call, StreamCall
from azmatrix_worker.protocol import Skip, refuse_unknown
from azmatrix_worker.signin import credential_of, token_credential

ABILITIES = ["chat.stream", "chat.tools", "chat.continue", *(f"via.{way}" for way in ways.WAYS)]

_HOSTS = (".openai.azure.com", ".services.ai.azure.com")
# Before it, a dated version of the service had no Responses API; a project's address has no version.
_FIRST_VERSION = "2025-03-01"


class Cell(application.Cell):
    """An application with one project, and the client it gives, for each resource."""

    def _make_clients(self, request: dict[str, Any]) -> None:
        self._clients: dict[str, Any] = {}
        if request.get("library") == "model-inference":
            raise Skip("the client of a Foundry project does not go to /models")
        if request.get("library", "azure") == "azure" and request["api_version"] < _FIRST_VERSION:
            raise Skip("the address of a Foundry project has no api-version that could be too old")
        if request.get("pinned_deployment") is not None:
            raise Skip("the client of a Foundry project takes no deployment")
        auth = request["auth"]
        if auth["mode"] == "api-key":
            raise Skip("AIProjectClient takes token credentials, no keys")
        if auth["mode"] == "entra-token":
            refuse_unknown(auth, ("mode", "token"), "auth entra-token")
            credential = token_credential(auth["token"], self._asynchronous)
        else:
            credential = credential_of(auth, self._asynchronous)
            self._closeable.append(credential)
        given = {"max_retries": request.get("max_retries"), "timeout": request.get("timeout_s")}
        arguments = {name: value for name, value in given.items() if value is not None}
        for name, resource in request["resources"].items():
            refuse_unknown(resource, ("endpoint", "key"), f"resource {name}")
            make = aio.AIProjectClient if self._asynchronous else AIProjectClient
            project = make(_project(resource["endpoint"]), credential)
            # Its own transport goes past the proxy of the environment.
            transport = openai.DefaultAsyncHttpxClient() if self._asynchronous else openai.DefaultHttpxClient()
            self._clients[name] = project.get_openai_client(http_client=transport, **arguments)
            self._closeable += [project, self._clients[name]]

    def _prepare(self, step: dict[str, Any]) -> Call | StreamCall:
        if step["operation"] != "chat" or step.get("api") != "responses":
            raise Skip("the client of a Foundry project is for responses, conversations, evaluations and fine-tuning")
        return super()._prepare(step)


def _project(endpoint: str) -> str:
    host = urlsplit(endpoint).hostname or ""
    if not host.endswith(_HOSTS):
        raise Skip(f"a Foundry project is not to be had on {host}")
    return f"https://{host.split('.')[0]}.services.ai.azure.com/api/projects/application"


def warm_up() -> None:
    """Import what the clients import lazily, so that the first cell is not slower than the others."""
    application.warm_up()
