import json
import os
import urllib.request


def ask(question):
    url = f"{os.environ['AZURE_OPENAI_ENDPOINT']}/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21"
    body = json.dumps({"messages": [{"role": "user", "content": question}]}).encode()
    request = urllib.request.Request(url, body, {"api-key": os.environ["AZURE_OPENAI_API_KEY"]})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["choices"][0]["message"]["content"]


def test_the_weather(azure_openai_mock):
    azure_openai_mock.reply(text="It is 18 °C in Oslo.", when={"text": "weather"})
    assert ask("How is the weather?") == "It is 18 °C in Oslo."
    assert ask("Hi") == "You said: Hi"
    assert [request["status"] for request in azure_openai_mock.requests()] == [200, 200]


def test_a_new_test_begins_anew(azure_openai_mock):
    assert azure_openai_mock.requests() == []
    assert ask("How is the weather?") == "You said: How is the weather?"
