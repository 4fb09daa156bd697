"""What the checks share: the mock behind them, clients of it, and the list of checks. Warnings are errors."""

import json
import os
import pathlib
import urllib.request
import warnings

import openai

# A deprecation inside a third package is not the service's business; everything else is.
warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=DeprecationWarning)

MOCK = os.environ["MOCK"]
FILES = pathlib.Path(os.environ["MOCK_FILES"])
ENDPOINT = "https://contoso-east.openai.azure.com"
KEY = "mock-key-east"
VERSION = "2025-04-01-preview"
TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "66666666-7777-8888-9999-000000000000"
SCOPE = "https://cognitiveservices.azure.com/.default"
HI = [{"role": "user", "content": "Say café"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def control(path, body=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = json.dumps(body).encode() if body is not None else None
    with opener.open(urllib.request.Request(MOCK + path, data=data), timeout=10) as answer:
        return answer.read().decode()


def script(deployment, *replies):
    control(f"/script/{deployment}", list(replies))


def count(deployment):
    return int(control(f"/count/{deployment}"))


def resource(**changes):
    options = {"azure_endpoint": ENDPOINT, "api_key": KEY, "api_version": VERSION, "max_retries": 0} | changes
    return openai.AzureOpenAI(**options)


def v1(**changes):
    options = {"base_url": ENDPOINT + "/openai/v1/", "api_key": KEY, "max_retries": 0} | changes
    return openai.OpenAI(**options)


def raises(kind, status, code, call, request_id=True):
    try:
        call()
    except kind as error:
        assert type(error) is kind, type(error)
        assert error.status_code == status, error.status_code
        assert error.code == code, (error.code, error.body)
        assert (error.request_id is not None) == request_id, error.request_id
        assert error.response.headers["apim-request-id"]
        return error
    raise AssertionError(f"no {kind.__name__}")
