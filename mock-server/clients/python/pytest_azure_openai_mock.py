"""The fixture `azure_openai_mock`: pytest -p pytest_azure_openai_mock, or a line in conftest.py:

pytest_plugins = ["pytest_azure_openai_mock"]
"""

import pytest

import azure_openai_mock


@pytest.fixture(scope="session")
def azure_openai_server():
    """One cloud for all tests."""
    with azure_openai_mock.running() as mock:
        yield mock


@pytest.fixture(name="azure_openai_mock")
def fresh(azure_openai_server, monkeypatch):
    """The cloud as at its beginning, with the environment that clients find it by."""
    azure_openai_server.reset()
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    for name, value in azure_openai_server.environment.items():
        monkeypatch.setenv(name, value)
    return azure_openai_server
