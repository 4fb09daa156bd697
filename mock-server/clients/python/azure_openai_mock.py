"""The fake Azure OpenAI cloud in a test: starts it, scripts it, and tells what it was asked.

Needs the program `azure-openai-mock` on the path, or its path in AZURE_OPENAI_MOCK. Nothing but Python 3.9.
"""

import contextlib
import json
import os
import subprocess
import urllib.request


class Mock:
    """A cloud that runs. `environment` is what a client reads to find it."""

    def __init__(self, lines):
        self.environment = lines["azure"]
        self.endpoint = lines["azure"]["AZURE_OPENAI_ENDPOINT"]
        self.key = lines["azure"]["AZURE_OPENAI_API_KEY"]
        self.v1 = lines["v1"]["OPENAI_BASE_URL"]
        self._control = lines["common"]["AZURE_OPENAI_MOCK_CONTROL"]
        self._token = lines["common"]["AZURE_OPENAI_MOCK_TOKEN"]

    def reply(self, **reply):
        """Scripts a reply, in the language of reply files: reply(text="Yes.", when={"text": "ready"}, times=1)."""
        self._ask("POST", "/replies", reply)

    def requests(self):
        """The requests so far, the oldest first."""
        return self._ask("GET", "/requests")["requests"]

    def reset(self):
        """Forgets every request and every reply."""
        self._ask("POST", "/reset")

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(self._control + path, method=method)
        request.add_header("Authorization", f"Bearer {self._token}")
        data = None if body is None else json.dumps(body).encode()
        # Past every proxy: it is this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, data) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None


@contextlib.contextmanager
def running(*arguments):
    """Runs a cloud on a free port, with more arguments of `azure-openai-mock serve` if there are any."""
    program = os.environ.get("AZURE_OPENAI_MOCK", "azure-openai-mock")
    command = [program, "serve", "--port", "0", "--control", "--style", "json", "--quiet", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield Mock(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
