"""Test the credentials of the bot and the service app, for `provbot init` and `provbot doctor`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.core.clouds import Cloud
from bot.core.errors import Forbidden, NotFound, Refused, Unauthorized, Unavailable, WebexError
from bot.core.models.text import clean
from bot.setup import scopes
from bot.setup.scopes import Scope
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi
from bot.webex.tokens import Credentials, exchange

AUTHORIZE_AGAIN = (
    "have a Full Admin authorize the service app again (Control Hub > Apps > Service Apps),"
    " generate new tokens, and run `provbot init`"
)


class CredentialError(Refused):
    """A credential that Webex does not accept. `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint[0].upper()}{hint[1:]}." if hint else message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class ServiceApp:
    """The tokens of a refresh grant. `scopes` is empty if Webex did not name them."""

    access_token: str
    refresh_token: str
    scopes: str = ""
    access_lifetime: float = 0.0  # seconds
    refresh_lifetime: float = 0.0  # seconds; 0 if Webex did not name it

    @property
    def missing_scopes(self) -> list[Scope]:
        """The scopes that provbot needs and the token lacks, if Webex named its scopes."""
        return scopes.missing(self.scopes) if self.scopes else []


async def bot(http: httpx.AsyncClient, api_url: str, token: str, cloud: Cloud) -> Mapping[str, Any]:
    """Return the account of the bot that the token belongs to. Raises CredentialError."""
    try:
        me = await MessagesApi(Client(http, api_url, FixedToken(token))).me()
    except Unauthorized as error:
        raise CredentialError(
            "Webex does not accept the bot token.",
            f"copy it again in full, or create a new one ({cloud.bot_token_page})",
        ) from error
    except WebexError as error:
        raise CredentialError(explain(api_url, error)) from error
    if me.get("type") != "bot":
        raise CredentialError(
            f"This is the token of a {me.get('type')} ({name_of(me)}), not of a bot.",
            "use the access token on the bot's page",
        )
    return me


async def service_app(
    http: httpx.AsyncClient, api_url: str, credentials: Credentials
) -> ServiceApp:
    """Return new tokens by the refresh grant. Raises CredentialError that names the wrong part."""
    try:
        url = f"{api_url}/access_token"
        body = await exchange(http, url, credentials, credentials.refresh_token)
    except Unavailable as error:
        raise CredentialError(explain(api_url, error)) from error
    except WebexError as error:
        raise _grant_error(error) from error
    if not isinstance(body, dict) or not body.get("access_token"):
        raise CredentialError("The token service answered without a token.")
    return ServiceApp(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token") or credentials.refresh_token),
        scopes=str(body.get("scope") or ""),
        access_lifetime=float(body.get("expires_in") or 0),
        refresh_lifetime=float(body.get("refresh_token_expires_in") or 0),
    )


async def access_token(http: httpx.AsyncClient, api_url: str, token: str) -> Mapping[str, Any]:
    """Return the account that a fixed access token belongs to. Raises CredentialError."""
    try:
        me = await Client(http, api_url, FixedToken(token)).get("people/me")
    except Unauthorized as error:
        raise CredentialError(
            "Webex does not accept the access token.",
            "create a new one, because it is valid for a short time only",
        ) from error
    except WebexError as error:
        raise CredentialError(explain(api_url, error)) from error
    if me.get("type") == "bot":
        raise CredentialError(
            "This is the token of a bot, which cannot add phones.",
            "use an access token of the service app",
        )
    return dict(me)


async def person(http: httpx.AsyncClient, api_url: str, token: str, email: str) -> str:
    """Return the name of the person with an email address. Raises CredentialError."""
    client = Client(http, api_url, FixedToken(token))
    try:
        people = (await client.get("people", email=email)).get("items") or []
    except (Forbidden, NotFound, Unauthorized) as error:
        raise CredentialError(
            "The service app is not allowed to look people up, so the address cannot be checked."
        ) from error
    except WebexError as error:
        raise CredentialError(explain(api_url, error)) from error
    if not people:
        raise CredentialError(f"Nobody in your organization has the email address {email}.")
    return name_of(people[0]) or email


def explain(api_url: str, error: WebexError) -> str:
    """Explain an error that is not about the credential."""
    if isinstance(error, Unavailable):
        return unreachable(api_url, error)
    return f"Webex answered {error.status}: {error.message.rstrip('.')}."


def unreachable(api_url: str, error: BaseException) -> str:
    """Explain why Webex cannot be reached from this machine."""
    if "certificate" in _causes(error).lower():
        return (
            f"The certificate of {api_url} is not trusted. If a proxy inspects TLS, set"
            " WEBEX_CA_FILE to its certificate authority."
        )
    return (
        f"{api_url} cannot be reached. If this machine needs a proxy, set HTTPS_PROXY;"
        " otherwise check WEBEX_API_URL."
    )


def name_of(account: Mapping[str, Any]) -> str:
    """Return the display name of an account."""
    return clean(str(account.get("displayName") or ""), 80)


def email_of(account: Mapping[str, Any]) -> str:
    """Return the first email address of an account."""
    return str((account.get("emails") or [""])[0])


def _grant_error(error: WebexError) -> CredentialError:
    """Find out which of client id, client secret and refresh token is wrong."""
    reason = error.message.lower()
    if "client id" in reason:
        return CredentialError(
            "Webex does not know a service app with this client id.",
            "copy it again from the service app's page",
        )
    if "client" in reason:
        return CredentialError(
            "The client secret does not belong to this client id.",
            "it is shown only once; create a new one on the service app's page",
        )
    return CredentialError(
        "Webex does not accept the refresh token. It is incomplete, expired, revoked or from"
        f" another service app. Webex said: {error.message.rstrip('.')}.",
        f"copy it again in full, or {AUTHORIZE_AGAIN}",
    )


def _causes(error: BaseException | None) -> str:
    texts = []
    while error is not None:
        texts.append(str(error))
        error = error.__cause__ or error.__context__
    return " ".join(texts)
