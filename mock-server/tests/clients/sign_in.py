"""Every way to prove who one is, against the mock."""

import base64
import json
import os
import pathlib
import sys
import time

import azure.identity
import openai
from azure.core.exceptions import ClientAuthenticationError

from common import *


@check
def wrong_keys_hosts_paths_and_versions():
    create = lambda client, model="chat-prod": client.chat.completions.create(model=model, messages=HI)
    error = raises(openai.AuthenticationError, 401, "401", lambda: create(resource(api_key="no")), request_id=False)
    assert error.response.reason_phrase == "PermissionDenied"
    raises(openai.NotFoundError, 404, "DeploymentNotFound", lambda: create(resource(), "none"), request_id=False)
    raises(openai.NotFoundError, 404, "404", lambda: create(resource(api_version="2019-01-01")), request_id=False)
    raises(openai.BadRequestError, 400, "BadRequest", lambda: create(resource(api_version="v1")), request_id=False)
    mistake = openai.AzureOpenAI(base_url=ENDPOINT + "/openai/v1/", api_key=KEY, api_version="preview", max_retries=0)
    raises(openai.NotFoundError, 404, "404", lambda: create(mistake), request_id=False)
    raises(openai.BadRequestError, 400, "OperationNotSupported", lambda: create(resource(), "embed-prod"), request_id=False)
    old = resource(api_version="2024-10-21")
    raises(openai.BadRequestError, 400, "BadRequest", lambda: old.responses.create(model="chat-prod", input="x"),
           request_id=False)
    for name, code in (("locked", "AuthenticationTypeDisabled"), ("walled", "403"), ("private", "AccessDenied")):
        client = resource(azure_endpoint=f"https://contoso-{name}.openai.azure.com", api_key=f"mock-key-{name}")
        raises(openai.PermissionDeniedError, 403, code, lambda: create(client, f"chat-{name}"), request_id=False)
    huge = [{"role": "user", "content": "word " * 130_000}]
    raises(openai.BadRequestError, 400, "context_length_exceeded",
           lambda: resource().chat.completions.create(model="chat-prod", messages=huge))
    raises(openai.BadRequestError, 400, None,
           lambda: resource().chat.completions.create(model="chat-prod", messages=HI, extra_body={"foo": 1}))
    raises(openai.NotFoundError, 404, "404", request_id=False,
           call=lambda: resource().images.generate(model="chat-prod", prompt="x"))


def works(credential, scope=SCOPE, **changes):
    provider = token_provider(credential, scope)
    client = resource(api_key=None, azure_ad_token_provider=provider, **changes)
    assert client.chat.completions.create(model="chat-prod", messages=HI).id


def token_provider(credential, scope=SCOPE):
    return azure.identity.get_bearer_token_provider(credential, scope)


@check
def client_secret():
    works(azure.identity.ClientSecretCredential(TENANT, CLIENT, "mock-secret"))
    works(azure.identity.ClientSecretCredential(TENANT, CLIENT, "mock-secret"), "https://ai.azure.com/.default")
    for credential, code in (
        (azure.identity.ClientSecretCredential(TENANT, CLIENT, "wrong"), "AADSTS7000215"),
        (azure.identity.ClientSecretCredential(TENANT, "99999999-0000-0000-0000-000000000000", "x"), "AADSTS700016"),
    ):
        try:
            credential.get_token(SCOPE)
            raise AssertionError("a token")
        except ClientAuthenticationError as error:
            assert code in error.message, error.message
    provider = token_provider(
        azure.identity.ClientSecretCredential(TENANT, CLIENT, "mock-secret"), "https://vault.azure.net/.default"
    )
    client = resource(api_key=None, azure_ad_token_provider=provider)
    error = raises(openai.AuthenticationError, 401, None, request_id=False,
                   call=lambda: client.chat.completions.create(model="chat-prod", messages=HI))
    assert "audience is incorrect" in error.response.text
    powerless = azure.identity.ClientSecretCredential(TENANT, "77777777-7777-8888-9999-000000000000", "mock-secret")
    client = resource(api_key=None, azure_ad_token_provider=token_provider(powerless))
    raises(openai.AuthenticationError, 401, "PermissionDenied", request_id=False,
           call=lambda: client.chat.completions.create(model="chat-prod", messages=HI))
    locked = resource(azure_endpoint="https://contoso-locked.openai.azure.com", api_key=None,
                   azure_ad_token_provider=token_provider(
                       azure.identity.ClientSecretCredential(TENANT, CLIENT, "mock-secret")))
    assert locked.chat.completions.create(model="chat-locked", messages=HI).id


@check
def client_certificate():
    works(azure.identity.CertificateCredential(TENANT, CLIENT, str(FILES / "key.pem")))
    import subprocess

    other = FILES / "other"
    other.mkdir(exist_ok=True)
    maker = pathlib.Path(__file__).parent / "certificate.py"
    subprocess.run([sys.executable, str(maker), str(other)], check=True)
    try:
        azure.identity.CertificateCredential(TENANT, CLIENT, str(other / "key.pem")).get_token(SCOPE)
        raise AssertionError("a token")
    except ClientAuthenticationError as error:
        assert "AADSTS700027" in error.message, error.message


def unsigned(claims):
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{part({'alg': 'RS256', 'kid': 'k'})}.{part(claims)}.{base64.urlsafe_b64encode(b'x' * 256).rstrip(b'=').decode()}"


@check
def workload_identity():
    claims = {
        "iss": "https://oidc.example", "sub": "system:serviceaccount:default:app",
        "aud": ["api://AzureADTokenExchange"], "exp": int(time.time()) + 3600,
    }
    file = FILES / "federated"
    file.write_text(unsigned(claims))
    works(azure.identity.WorkloadIdentityCredential(tenant_id=TENANT, client_id=CLIENT, token_file_path=str(file)))
    file.write_text(unsigned(claims | {"sub": "somebody else"}))
    try:
        azure.identity.WorkloadIdentityCredential(
            tenant_id=TENANT, client_id=CLIENT, token_file_path=str(file)
        ).get_token(SCOPE)
        raise AssertionError("a token")
    except ClientAuthenticationError as error:
        assert "AADSTS700211" in error.message, error.message


class environment:
    def __init__(self, **changes):
        self.changes = changes

    def __enter__(self):
        self.before = {name: os.environ.get(name) for name in self.changes}
        for name, value in self.changes.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)

    def __exit__(self, *_):
        for name, value in self.before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


@check
def managed_identity():
    user = "cccccccc-0000-4000-8000-000000000003"
    resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
    works(azure.identity.ManagedIdentityCredential())
    works(azure.identity.ManagedIdentityCredential(client_id=user))
    works(azure.identity.ManagedIdentityCredential(identity_config={"object_id": user.replace("cccccccc", "aaaaaaaa")}))
    works(azure.identity.ManagedIdentityCredential(identity_config={"resource_id": resource}))
    try:
        azure.identity.ManagedIdentityCredential(client_id="unknown").get_token(SCOPE)
        raise AssertionError("a token")
    except azure.identity.CredentialUnavailableError:
        pass
    with environment(IDENTITY_ENDPOINT=MOCK + "/msi/token", IDENTITY_HEADER="mock-identity-header"):
        works(azure.identity.ManagedIdentityCredential())
        works(azure.identity.ManagedIdentityCredential(client_id=user))


@check
def azure_arc():
    directory = pathlib.Path("/var/opt/azcmagent/tokens")
    assert os.geteuid() == 0, "azure-identity insists on a key file in a directory that only root can make"
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "azure-openai-mock.key"
    file.write_text("mock-arc-secret")
    endpoint = MOCK + "/metadata/identity/oauth2/token"
    with environment(IDENTITY_ENDPOINT=endpoint, IMDS_ENDPOINT=MOCK):
        works(azure.identity.ManagedIdentityCredential())


@check
def default_chain():
    with environment(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=CLIENT, AZURE_CLIENT_SECRET="mock-secret"):
        works(azure.identity.DefaultAzureCredential())
    works(azure.identity.DefaultAzureCredential(exclude_cli_credential=True, exclude_developer_cli_credential=True))
