"""How the application proves who it is: keys, tokens and real azure-identity credentials."""

import gc
import sys
from dataclasses import dataclass, field
from typing import Any

from azmatrix_worker.protocol import Skip, refuse_unknown

MODES = {
    "api-key": set(),
    "entra-token": {"token"},
    "token-provider": {"tenant", "client_id", "client_secret", "scope"},
    "managed-identity-imds": {"client_id", "scope"},
    "managed-identity-app-service": {"client_id", "scope"},
}


@dataclass
class Signin:
    """What the client's constructor gets, and the credential to close with it."""

    arguments: dict[str, Any]
    closeable: list[Any] = field(default_factory=list)


def sign_in(auth: dict[str, Any], asynchronous: bool) -> Signin:
    """Where a managed identity lives is read from the environment here, so that must be set before."""
    mode = auth["mode"]
    if mode not in MODES:
        raise Skip(f"the Python worker does not know how to sign in with {mode}")
    refuse_unknown(auth, MODES[mode] | {"mode"}, f"auth {mode}")
    if mode == "api-key":
        return Signin({})  # the keys stand with the resources
    if mode == "entra-token":
        return Signin({"azure_ad_token": auth["token"]})

    credential = credential_of(auth, asynchronous)
    provider = _identity(asynchronous).get_bearer_token_provider(credential, auth["scope"])
    return Signin({"azure_ad_token_provider": provider}, [credential])


def credential_of(auth: dict[str, Any], asynchronous: bool) -> Any:
    """A credential of azure-identity, for libraries that take one; none for keys."""
    mode = auth["mode"]
    if mode not in MODES:
        raise Skip(f"the Python worker does not know how to sign in with {mode}")
    refuse_unknown(auth, MODES[mode] | {"mode"}, f"auth {mode}")
    if mode == "api-key":
        return None
    identity = _identity(asynchronous)
    if mode == "token-provider":
        return identity.ClientSecretCredential(auth["tenant"], auth["client_id"], auth["client_secret"])
    if auth.get("client_id") is not None:
        return identity.ManagedIdentityCredential(client_id=auth["client_id"])
    return identity.ManagedIdentityCredential()


def _identity(asynchronous: bool) -> Any:
    """azure-identity, imported on first use: that takes longer than everything else in most cells."""
    new = "azure.identity.aio" not in sys.modules
    azure = import_identity()
    if new:
        # What an import leaves stays for good: without this, every later fence would look through all of it.
        gc.collect()
        gc.freeze()
    return azure.identity.aio if asynchronous else azure.identity


def import_identity() -> Any:
    import azure.identity.aio

    return azure


def token_credential(token: str, asynchronous: bool) -> Any:
    """A token that the application got by itself, for libraries that take a credential."""
    from azure.core.credentials import AccessToken

    got = AccessToken(token, 2**40)

    class Token:
        def get_token(self, *_: str, **__: Any) -> AccessToken:
            return got

    class AsyncToken:
        async def get_token(self, *_: str, **__: Any) -> AccessToken:
            return got

        async def close(self) -> None: ...

        async def __aenter__(self) -> "AsyncToken":
            return self

        async def __aexit__(self, *_: Any) -> None: ...

    return AsyncToken() if asynchronous else Token()
