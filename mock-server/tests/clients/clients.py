"""openai-python, azure-identity and azure-ai-inference against the mock. Exits with 1 when anything is not as it is
with Azure. Warnings are errors."""

import asyncio
import json
import sys
import time
import traceback

import azure.identity
import openai
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

import sign_in  # registers its checks
from common import *


@check
def chat():
    for client in (resource(), v1()):
        answer = client.chat.completions.with_raw_response.create(model="chat-prod", messages=HI)
        body = answer.parse()
        assert body.model == "gpt-4o-2024-11-20" and body.choices[0].message.content == "You said: Say café"
        assert body.usage.prompt_tokens == 9 and body.usage.completion_tokens == 6, body.usage
        assert body.choices[0].content_filter_results["hate"] == {"filtered": False, "severity": "safe"}
        assert body.prompt_filter_results[0]["prompt_index"] == 0
        assert answer.headers["x-ms-region"] == "East US 2" and body._request_id == answer.headers["x-request-id"]


@check
def chat_by_every_host_and_surface():
    hosts = ["contoso-east.cognitiveservices.azure.com", "contoso-east.services.ai.azure.com"]
    hosts += ["contoso-east.openai.azure.us", "contoso-east.openai.azure.cn", "eastus2.api.cognitive.microsoft.com"]
    for host in hosts:
        for endpoint in (f"https://{host}", f"https://{host}/"):
            assert resource(azure_endpoint=endpoint).chat.completions.create(model="chat-prod", messages=HI).id
    project = "https://contoso-ai.services.ai.azure.com/api/projects/mine/openai/v1/"
    client = openai.OpenAI(base_url=project, api_key="mock-key-ai", max_retries=0)
    assert client.chat.completions.create(model="chat-ai", messages=HI).id
    assert v1(default_query={"api-version": "preview"}).chat.completions.create(model="chat-prod", messages=HI).id


@check
def chat_stream():
    for client in (resource(), v1()):
        stream = client.chat.completions.create(
            model="chat-prod", messages=HI, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        assert chunks[0].choices == [] and chunks[0].id == "" and chunks[0].prompt_filter_results
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == "You said: Say café", text
        assert chunks[-1].usage.total_tokens == 15 and chunks[-1].choices == []
        assert chunks[-2].choices[0].finish_reason == "stop"


@check
def chat_stream_helper_of_the_library():
    with v1().chat.completions.stream(model="chat-prod", messages=HI) as stream:
        events = [event.type for event in stream]
    assert "content.delta" in events and "content.done" in events, events


@check
def several_choices():
    answer = resource().chat.completions.create(model="chat-prod", messages=HI, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    texts = ["", "", ""]
    for chunk in resource().chat.completions.create(model="chat-prod", messages=HI, n=3, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == ["You said: Say café"] * 3, texts


@check
def asynchronous_filter():
    chunks = list(resource().chat.completions.create(model="async-prod", messages=HI, stream=True))
    late = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta is None]
    assert late and late[-1].choices[0].content_filter_offsets["end_offset"] > 0
    finish = next(i for i, chunk in enumerate(chunks) if chunk.choices and chunk.choices[0].finish_reason)
    assert chunks.index(late[-1]) > finish


@check
def tools():
    messages = [{"role": "user", "content": "What is the weather in Oslo?"}]
    for choice in ("auto", "required", {"type": "function", "function": {"name": "get_weather"}}):
        answer = resource().chat.completions.create(model="chat-prod", messages=messages, tools=[TOOL], tool_choice=choice)
        [call] = answer.choices[0].message.tool_calls
        assert call.function.name == "get_weather" and json.loads(call.function.arguments) == {"city": "example"}
        expected = "stop" if isinstance(choice, dict) else "tool_calls"
        assert answer.choices[0].finish_reason == expected
    followed = messages + [answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "18 °C"}]
    answer = resource().chat.completions.create(model="chat-prod", messages=followed, tools=[TOOL])
    assert "18 °C" in answer.choices[0].message.content
    arguments = ""
    for chunk in resource().chat.completions.create(
        model="chat-prod", messages=messages, tools=[TOOL], tool_choice="required", stream=True
    ):
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                arguments += call.function.arguments or ""
    assert json.loads(arguments) == {"city": "example"}


@check
def structured_output():
    import pydantic

    class Answer(pydantic.BaseModel):
        city: str
        degrees: float

    answer = resource().chat.completions.parse(model="chat-prod", messages=HI, response_format=Answer)
    assert answer.choices[0].message.parsed == Answer(city="example", degrees=1.5)
    answer = v1().responses.parse(model="chat-prod", input="Hi", text_format=Answer)
    assert answer.output_parsed == Answer(city="example", degrees=1.5)


@check
def refusals():
    script("chat-prod", {"refusal": "I'm sorry, I can't help with that."})
    message = resource().chat.completions.create(model="chat-prod", messages=HI).choices[0].message
    assert message.refusal.startswith("I'm sorry") and message.content is None


@check
def log_probabilities():
    answer = resource().chat.completions.create(model="chat-prod", messages=HI, logprobs=True, top_logprobs=2)
    first = answer.choices[0].logprobs.content[0]
    assert first.logprob < 0 and len(first.top_logprobs) == 2 and bytes(first.bytes).decode() == first.token


@check
def reasoning_models():
    answer = resource().chat.completions.create(model="o-prod", messages=HI, max_completion_tokens=100)
    assert answer.system_fingerprint is None and answer.model == "o3-mini-2025-01-31"
    raises(openai.BadRequestError, 400, "unsupported_parameter",
           lambda: resource().chat.completions.create(model="o-prod", messages=HI, max_tokens=10))
    raises(openai.BadRequestError, 400, "unsupported_value",
           lambda: resource().chat.completions.create(model="o-prod", messages=HI, temperature=0.2))
    raises(openai.BadRequestError, 400, "BadRequest", request_id=False,
           call=lambda: resource(api_version="2024-10-21").chat.completions.create(model="o-prod", messages=HI))


@check
def legacy_completions():
    answer = resource().completions.create(model="instruct-prod", prompt="Once upon a time", max_tokens=8)
    assert answer.object == "text_completion" and answer.choices[0].finish_reason in ("stop", "length")
    chunks = list(resource().completions.create(model="instruct-prod", prompt="Once", stream=True))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == "You said: Once"
    several = resource().completions.create(model="instruct-prod", prompt=["a", "b"])
    assert len(several.choices) == 2 and len(several.prompt_filter_results) == 2


@check
def embeddings():
    for client in (resource(), v1()):
        packed = client.embeddings.create(model="embed-prod", input=["one", "two"])
        plain = client.embeddings.create(model="embed-prod", input=["one", "two"], encoding_format="float")
        assert len(packed.data) == 2 and len(packed.data[0].embedding) == 1536
        close = (abs(a - b) < 1e-6 for a, b in zip(packed.data[1].embedding, plain.data[1].embedding))
        assert all(close) and packed.usage.prompt_tokens == 2
        short = client.embeddings.create(model="embed-prod", input=[[1, 2, 3]], dimensions=256)
        assert len(short.data[0].embedding) == 256 and short.usage.total_tokens == 3


@check
def responses():
    for client in (resource(), v1()):
        answer = client.responses.create(model="chat-prod", input="Hi")
        assert answer.model == "chat-prod" and answer.output_text == "You said: Hi" and answer.status == "completed"
        assert answer.usage.input_tokens == 8, answer.usage
        assert client.responses.retrieve(answer.id).id == answer.id
        [item] = list(client.responses.input_items.list(answer.id))
        assert item.role == "user" and item.content[0].text == "Hi"
        follow = client.responses.create(model="chat-prod", input="And?", previous_response_id=answer.id)
        assert follow.previous_response_id == answer.id
        client.responses.delete(answer.id)
        raises(openai.NotFoundError, 404, None, lambda: client.responses.retrieve(answer.id))
        later = client.responses.create(model="chat-prod", input="Hi", background=True)
        assert later.status == "queued" and client.responses.cancel(later.id).status == "cancelled"


@check
def responses_stream():
    events = list(v1().responses.create(model="five-prod", input="Hi there", stream=True))
    kinds = [event.type for event in events]
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[2].item.type == "reasoning" and events[-1].response.model == "five-prod"
    assert events[-1].response.usage.output_tokens_details.reasoning_tokens == 192
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == "You said: Hi there", text
    with v1().responses.stream(model="chat-prod", input="Hi") as stream:
        assert stream.get_final_response().output_text == "You said: Hi"
    tool = {"type": "function", "parameters": TOOL["function"]["parameters"], "name": "get_weather", "strict": False}
    events = list(v1().responses.create(
        model="chat-prod", input="Weather?", tools=[tool], tool_choice="required", stream=True
    ))
    [done] = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert json.loads(done.arguments) == {"city": "example"}


@check
def models():
    for client in (resource(), v1()):
        assert "gpt-4o-2024-11-20" in [model.id for model in client.models.list()]
        assert client.models.retrieve("gpt-4o-2024-11-20").id == "gpt-4o-2024-11-20"


ERRORS = [
    ("content_filter", openai.BadRequestError, 400, "content_filter", True, 1),
    ("context_length", openai.BadRequestError, 400, "context_length_exceeded", True, 1),
    ("unsupported_parameter", openai.BadRequestError, 400, "unsupported_parameter", True, 1),
    ("bad_request", openai.BadRequestError, 400, "unsupported_value", True, 1),
    ("invalid_prompt", openai.BadRequestError, 400, "invalid_prompt", True, 1),
    ("unauthorized", openai.AuthenticationError, 401, "401", False, 1),
    ("permission_denied", openai.AuthenticationError, 401, "PermissionDenied", False, 1),
    ("token_rejected", openai.AuthenticationError, 401, None, False, 1),
    ("key_authentication_disabled", openai.PermissionDeniedError, 403, "AuthenticationTypeDisabled", False, 1),
    ("firewall", openai.PermissionDeniedError, 403, "403", False, 1),
    ("private_endpoint", openai.PermissionDeniedError, 403, "AccessDenied", False, 1),
    ("deployment_not_found", openai.NotFoundError, 404, "DeploymentNotFound", False, 1),
    ("resource_not_found", openai.NotFoundError, 404, "404", False, 1),
    ("timeout", openai.APIStatusError, 408, "Timeout", False, 3),
    ("conflict", openai.ConflictError, 409, "Conflict", False, 3),
    ("model_container", openai.APIStatusError, 424, None, True, 1),
    ("rate_limit_tokens", openai.RateLimitError, 429, "RateLimitReached", False, 3),
    ("rate_limit_requests", openai.RateLimitError, 429, "RateLimitReached", False, 3),
    ("old_rate_limit_tokens", openai.RateLimitError, 429, "429", False, 3),
    ("first_rate_limit", openai.RateLimitError, 429, "429", False, 3),
    ("peak_load", openai.RateLimitError, 429, "too_many_requests", False, 3),
    ("server_error", openai.InternalServerError, 500, None, True, 3),
    ("bad_back_end", openai.InternalServerError, 500, "InternalServerError", False, 3),
    ("gateway_failure", openai.InternalServerError, 500, None, False, 3),
    ("unavailable", openai.InternalServerError, 503, "ServiceUnavailable", False, 3),
    ("front_door", openai.InternalServerError, 503, None, False, 3),
]


@check
def every_error_has_its_exception_code_id_and_retries():
    for name, kind, status, code, reached, attempts in ERRORS:
        for call in (
            lambda client: client.chat.completions.create(model="chat-prod", messages=HI),
            lambda client: client.chat.completions.create(model="chat-prod", messages=HI, stream=True),
        ):
            reply = {"error": name} | ({"retry_after_ms": 30} if attempts > 1 else {})
            count("chat-prod")
            script("chat-prod", *[reply] * attempts)
            try:
                raises(kind, status, code, lambda: call(resource(max_retries=2)), request_id=reached)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error
            assert count("chat-prod") == attempts, name


@check
def every_error_of_the_other_operations():
    calls = {
        "embed-prod": lambda client: client.embeddings.create(model="embed-prod", input="x"),
        "instruct-prod": lambda client: client.completions.create(model="instruct-prod", prompt="x"),
        "chat-prod": lambda client: client.responses.create(model="chat-prod", input="x"),
    }
    for name, kind, status, code, reached, _ in ERRORS:
        for deployment, call in calls.items():
            script(deployment, {"error": name})
            try:
                raises(kind, status, code, lambda: call(resource()), request_id=reached)
            except AssertionError as error:
                raise AssertionError(f"{name} on {deployment}: {error}") from error


@check
def the_wait_is_the_one_that_the_service_names():
    script("chat-prod", {"error": "rate_limit", "retry_after_ms": 700})
    started = time.monotonic()
    assert resource(max_retries=1).chat.completions.create(model="chat-prod", messages=HI).id
    waited = time.monotonic() - started
    assert 0.65 < waited < 1.6, waited
    # Longer than two minutes: the library does not wait at all.
    script("chat-prod", {"error": "rate_limit", "retry_after_ms": 400_000})
    count("chat-prod")
    raises(openai.RateLimitError, 429, "RateLimitReached", request_id=False,
           call=lambda: resource(max_retries=1).chat.completions.create(model="chat-prod", messages=HI))
    assert count("chat-prod") == 1


@check
def quotas_are_counted():
    client = resource()
    raw = client.chat.completions.with_raw_response
    first = raw.create(model="small-prod", messages=HI, max_tokens=50)
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-tokens"] == "940", first.headers["x-ratelimit-remaining-tokens"]
    too_much = lambda: client.chat.completions.create(model="small-prod", messages=HI, max_tokens=5000)
    error = raises(openai.RateLimitError, 429, "RateLimitReached", too_much, request_id=False)
    assert error.response.headers["policy-id"] == "DeploymentRatelimit-Token"
    assert 0 < int(error.response.headers["retry-after"]) <= 60 and error.response.headers["retry-after-ms"]
    raw.create(model="small-prod", messages=HI, max_tokens=50)
    error = raises(openai.RateLimitError, 429, "RateLimitReached", request_id=False,
                   call=lambda: client.chat.completions.create(model="small-prod", messages=HI, max_tokens=1))
    assert error.response.headers["policy-id"] == "DeploymentRatelimit-Call"


@check
def broken_streams():
    def consume(client=None):
        return list((client or resource()).chat.completions.create(model="chat-prod", messages=HI, stream=True))

    script("chat-prod", {"text": "one two three", "fault": "error_event"})
    try:
        consume()
        raise AssertionError("no error")
    except openai.APIError as error:
        assert "server had an error" in str(error)
    for fault in ("reset", "eof"):
        script("chat-prod", {"text": "one two three", "fault": fault})
        try:
            consume()
            raise AssertionError(f"no error for {fault}")
        except AssertionError:
            raise
        except Exception as error:
            assert "httpx" in type(error).__module__ or "httpcore" in type(error).__module__ or isinstance(
                error, openai.APIConnectionError
            ), type(error)
    script("chat-prod", {"text": "one two three", "fault": "truncated"})
    assert not any(chunk.choices and chunk.choices[0].finish_reason for chunk in consume())
    for fault in ("malformed", "half_character"):
        script("chat-prod", {"text": "one two three", "fault": fault})
        try:
            consume()
            assert fault == "half_character"
        except (json.JSONDecodeError, UnicodeDecodeError):
            pass
    script("chat-prod", {"text": "café crème brûlée", "fault": "split_characters"})
    text = "".join(chunk.choices[0].delta.content or "" for chunk in consume() if chunk.choices)
    assert text == "café crème brûlée", text
    script("chat-prod", {"text": "one two three", "fault": "stall"})
    try:
        consume(resource(timeout=0.7))
        raise AssertionError("no timeout")
    except AssertionError:
        raise
    except Exception as error:
        assert "timeout" in type(error).__name__.lower(), type(error)


@check
def model_inference():
    messages = [SystemMessage("Be brief."), UserMessage("Hi")]
    secret = azure.identity.ClientSecretCredential(TENANT, CLIENT, "mock-secret")
    foundry = "https://contoso-ai.services.ai.azure.com/models"
    serverless = "https://mistral.eastus2.models.ai.azure.com"
    scopes = ["https://cognitiveservices.azure.com/.default"]
    for client, model in (
        (ChatCompletionsClient(foundry, AzureKeyCredential("mock-key-ai"), model="chat-ai"), "gpt-4o-2024-11-20"),
        (ChatCompletionsClient(foundry, AzureKeyCredential("mock-key-ai"), model="mistral-ai"), "mistral-large-2407"),
        (ChatCompletionsClient(foundry, secret, model="chat-ai", credential_scopes=scopes), "gpt-4o-2024-11-20"),
        (ChatCompletionsClient(foundry, secret, model="chat-ai"), "gpt-4o-2024-11-20"),
        (ChatCompletionsClient(serverless, AzureKeyCredential("mock-key-serverless")), "mistral-large-2407"),
        (ChatCompletionsClient(ENDPOINT + "/openai/deployments/chat-prod", AzureKeyCredential(KEY),
                               api_version="2024-06-01"), "gpt-4o-2024-11-20"),
    ):
        with client:
            answer = client.complete(messages=messages)
            assert answer.model == model and answer.choices[0].message.content == "You said: Hi", answer
            updates = list(client.complete(messages=messages, stream=True))
            text = "".join(update.choices[0].delta.content or "" for update in updates if update.choices)
            assert text == "You said: Hi", text
    with ChatCompletionsClient(serverless, AzureKeyCredential("mock-key-serverless")) as client:
        info = client.get_model_info()
        assert (info.model_name, info.model_provider_name) == ("mistral-large-2407", "Mistral AI")
    with EmbeddingsClient(foundry, AzureKeyCredential("mock-key-ai"), model="embed-ai") as client:
        answer = client.embed(input=["a", "b"])
        assert len(answer.data) == 2 and len(answer.data[0].embedding) == 1536


@check
def model_inference_errors():
    foundry = "https://contoso-ai.services.ai.azure.com/models"
    def fails(kind, status, call):
        try:
            call()
        except HttpResponseError as error:
            assert type(error) is kind and error.status_code == status, (type(error), error.status_code)
            return error
        raise AssertionError("no error")
    key = AzureKeyCredential("mock-key-ai")
    client = lambda credential=key, **more: ChatCompletionsClient(
        foundry, credential, retry_backoff_factor=0.01, **({"model": "chat-ai"} | more))
    hi = [UserMessage("Hi")]
    fails(ClientAuthenticationError, 401, lambda: client(AzureKeyCredential("no")).complete(messages=hi))
    fails(ResourceNotFoundError, 404, lambda: client(model="none").complete(messages=hi))
    error = fails(HttpResponseError, 422, lambda: ChatCompletionsClient(
        foundry, key, model="chat-ai", headers={"extra-parameters": "error"}
    ).complete(messages=hi, model_extras={"foo": 1}, headers={"extra-parameters": "error"}))
    assert "One of the parameters contain invalid values." in str(error)
    for name, status, attempts in (
        ("content_filter", 400, 1), ("timeout", 408, 4), ("rate_limit", 429, 4), ("server_error", 500, 4),
        ("unavailable", 503, 4),
    ):
        count("chat-ai")
        # azure-core retries whatever has a retry-after.
        wait = {"retry_after_ms": 20} if attempts > 1 else {}
        script("chat-ai", *[{"error": name} | wait] * attempts)
        try:
            fails(HttpResponseError, status, lambda: client().complete(messages=hi))
        except AssertionError as error:
            raise AssertionError(f"{name}: {error} after {count('chat-ai')} requests") from error
        assert count("chat-ai") == attempts, name


async def asynchronous():
    client = openai.AsyncAzureOpenAI(azure_endpoint=ENDPOINT, api_key=KEY, api_version=VERSION, max_retries=0)
    async with client:
        answer = await client.chat.completions.create(model="chat-prod", messages=HI)
        assert answer.choices[0].message.content == "You said: Say café"
        stream = await client.chat.completions.create(model="chat-prod", messages=HI, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
        assert text == "You said: Say café"
        assert (await client.embeddings.create(model="embed-prod", input="x")).data
        assert (await client.responses.create(model="chat-prod", input="Hi")).output_text == "You said: Hi"
        stream = await client.responses.create(model="chat-prod", input="Hi", stream=True)
        kinds = [event.type async for event in stream]
        assert kinds[-1] == "response.completed"
        for name, kind, status, code, reached, _ in ERRORS:
            script("chat-prod", {"error": name})
            try:
                await client.chat.completions.create(model="chat-prod", messages=HI)
                raise AssertionError(f"no error for {name}")
            except openai.APIStatusError as error:
                assert type(error) is kind and error.status_code == status and error.code == code, name
                assert (error.request_id is not None) == reached, name
    from azure.identity.aio import ClientSecretCredential, get_bearer_token_provider

    async with ClientSecretCredential(TENANT, CLIENT, "mock-secret") as credential:
        provider = get_bearer_token_provider(credential, SCOPE)
        client = openai.AsyncAzureOpenAI(
            azure_endpoint=ENDPOINT, azure_ad_token_provider=provider, api_version=VERSION, max_retries=0
        )
        async with client:
            assert (await client.chat.completions.create(model="chat-prod", messages=HI)).id


@check
def asynchronous_clients():
    asyncio.run(asynchronous())


def main():
    wanted = sys.argv[1:]
    failed = 0
    for function in CHECKS:
        if wanted and function.__name__ not in wanted:
            continue
        try:
            function()
            print(f"held {function.__name__}", flush=True)
        except BaseException:
            failed += 1
            print(f"FAILED {function.__name__}", flush=True)
            traceback.print_exc()
    print(f"openai {openai.__version__}: {failed} failed")
    sys.exit(1 if failed else 0)


main()
