"""Frameworks against the mock with answers that nobody scripted: chats, streams, tools, structured output, vectors.

    pip install -r requirements.in          # newest: the point is to hear of changes
    azure-openai-mock tap --ca-file ca.pem  # paste its lines, then
    python frameworks.py

A framework that is not installed is said to be missing. Exits with an error when one fails.
"""

import asyncio
import json
import os
import sys
import traceback

from pydantic import BaseModel, Field

RESULTS = {}


def check(function):
    try:
        function()
        RESULTS[function.__name__] = "ok"
    except ImportError as error:
        RESULTS[function.__name__] = f"missing: {error.name}"
    except Exception as error:
        RESULTS[function.__name__] = "failed: " + "".join(traceback.format_exception_only(error))


class Person(BaseModel):
    name: str
    age: int = Field(ge=0, le=120)
    tags: list[str] = Field(min_length=2)
    boss: "Person | None" = None


@check
def langchain():
    from langchain_core.tools import tool
    from langchain_openai import AzureChatOpenAI, AzureOpenAIEmbeddings

    @tool
    def get_weather(city: str) -> str:
        "The weather in a city."
        return "sunny"

    llm = AzureChatOpenAI(azure_deployment="chat-prod")
    assert llm.invoke("Hi").content
    assert "".join(chunk.content for chunk in llm.stream("Hi there"))
    assert llm.bind_tools([get_weather]).invoke("What is the weather?").tool_calls
    for method in ["json_schema", "function_calling", "json_mode"]:
        prompt = "JSON of a person: " + json.dumps(Person.model_json_schema())
        assert isinstance(llm.with_structured_output(Person, method=method).invoke(prompt), Person), method
    # What counts before it asks would fetch a vocabulary.
    embeddings = AzureOpenAIEmbeddings(azure_deployment="embed-prod", check_embedding_ctx_length=False)
    assert embeddings.embed_query("Hi")


@check
def instructor():
    import instructor
    from openai import AzureOpenAI

    for mode in ["TOOLS", "TOOLS_STRICT", "JSON", "MD_JSON", "JSON_SCHEMA"]:
        client = instructor.from_openai(AzureOpenAI(), mode=instructor.Mode[mode])
        messages = [{"role": "user", "content": "A person"}]
        answer = client.chat.completions.create(
            model="chat-prod", response_model=Person, messages=messages, max_retries=0
        )
        assert isinstance(answer, Person), mode


@check
def pydantic_ai():
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.azure import AzureProvider

    model = OpenAIChatModel("chat-prod", provider=AzureProvider())
    agent = Agent(model, output_type=Person)

    @agent.tool_plain
    def get_weather(city: str) -> str:
        return "sunny"

    assert isinstance(agent.run_sync("What is the weather?").output, Person)
    assert Agent(model).run_sync("Hi").output


@check
def openai_agents():
    import agents
    from openai import AsyncAzureOpenAI, AsyncOpenAI

    agents.set_tracing_disabled(True)

    @agents.function_tool
    def get_weather(city: str) -> str:
        "The weather in a city."
        return "sunny"

    base = os.environ["AZURE_OPENAI_ENDPOINT"] + "/openai/v1/"
    v1 = AsyncOpenAI(base_url=base, api_key=os.environ["AZURE_OPENAI_API_KEY"])
    chats = agents.OpenAIChatCompletionsModel("chat-prod", AsyncAzureOpenAI())
    for model in [chats, agents.OpenAIResponsesModel("chat-prod", v1)]:
        agent = agents.Agent(name="a", model=model, tools=[get_weather], output_type=Person)
        result = asyncio.run(agents.Runner.run(agent, "What is the weather?"))
        assert isinstance(result.final_output, Person)


@check
def litellm():
    import litellm

    hi = [{"role": "user", "content": "Hi"}]
    assert litellm.completion("azure/chat-prod", messages=hi).choices[0].message.content
    chunks = litellm.completion("azure/chat-prod", messages=hi, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert litellm.embedding("azure/embed-prod", input=["a"]).data


@check
def llama_index():
    from llama_index.core import PromptTemplate
    from llama_index.llms.azure_openai import AzureOpenAI

    llm = AzureOpenAI(engine="chat-prod", model="gpt-4o", api_version=os.environ["OPENAI_API_VERSION"])
    assert llm.complete("Hi").text
    assert "".join(chunk.delta or "" for chunk in llm.stream_complete("Hi there"))
    assert isinstance(llm.structured_predict(Person, PromptTemplate("A person")), Person)


@check
def semantic_kernel():
    from semantic_kernel import Kernel
    from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
    from semantic_kernel.connectors.ai.open_ai import (
        AzureChatCompletion,
        AzureChatPromptExecutionSettings,
        AzureTextEmbedding,
    )
    from semantic_kernel.contents import ChatHistory
    from semantic_kernel.functions import kernel_function

    class Weather:
        @kernel_function(name="get_weather", description="The weather in a city.")
        def get_weather(self, city: str) -> str:
            return "sunny"

    async def ask():
        service = AzureChatCompletion()
        history = ChatHistory()
        history.add_user_message("What is the weather?")
        assert str(await service.get_chat_message_content(history, AzureChatPromptExecutionSettings()))
        kernel = Kernel()
        kernel.add_service(service)
        kernel.add_plugin(Weather(), "w")
        auto = AzureChatPromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())
        assert "sunny" in str(await service.get_chat_message_content(history, auto, kernel=kernel))
        assert len(await AzureTextEmbedding().generate_embeddings(["a"])) == 1

    asyncio.run(ask())


for name, result in RESULTS.items():
    print(f"{name}: {result}")
sys.exit(any(result.startswith("failed") for result in RESULTS.values()))
