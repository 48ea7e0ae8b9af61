"""Trying what somebody typed, at once: each answers with what it found, or a sentence about what is wrong."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import scopes
from bot.errors import Forbidden, NotFound, Refused, Unauthorized, Unavailable, WebexError
from bot.scopes import Scope
from bot.webex.client import Client, FixedToken, trust
from bot.webex.messages import MessagesApi
from bot.webex.tokens import Credentials, exchange
from bot.webex.transport import Carrier, transport


@dataclass(frozen=True)
class Cloud:
    """Where Webex is: base of the API, and an extra certificate authority."""

    api_url: str
    ca_file: Path | None = None


@dataclass(frozen=True)
class ServiceApp:
    """What the refresh grant gave. `scopes` is empty where the answer named none."""

    access_token: str
    refresh_token: str
    scopes: str
    expires_at: float  # Unix seconds

    @property
    def missing(self) -> list[Scope]:
        """Those that provbot needs and were not ticked, as far as Webex said."""
        return scopes.missing(self.scopes) if self.scopes else []


async def bot(cloud: Cloud, token: str) -> str:
    """Name and email of the bot that this token belongs to. Raises Refused with a sentence."""
    async with _http(cloud) as http:
        try:
            me = await MessagesApi(Client(http, cloud.api_url, FixedToken(token))).me()
        except Unauthorized as problem:
            raise Refused("Webex does not know this token. Copy it again, whole; or make a new one (Regenerate Access Token).") from problem  # fmt: skip
        except WebexError as problem:
            raise Refused(unwell(cloud, problem)) from problem
    if me.get("type") != "bot":
        raise Refused(f"This is the token of a {me.get('type')} ({me.get('displayName')}), not of a bot. The bot's own is on its page.")  # fmt: skip
    return f"{me.get('displayName')} ({(me.get('emails') or [''])[0]})"


async def service_app(cloud: Cloud, given: Credentials) -> ServiceApp:
    """Tokens by the refresh grant. Raises Refused with a sentence that says which of the three is wrong."""
    async with _http(cloud) as http:
        try:
            url = f"{cloud.api_url}/access_token"
            body = await exchange(http, url, given, given.refresh_token)
        except Unavailable as problem:
            raise Refused(unwell(cloud, problem)) from problem
        except WebexError as problem:
            raise Refused(which(problem)) from problem
    if not isinstance(body, dict) or not body.get("access_token"):
        raise Refused("The token service answered without a token.")
    return ServiceApp(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token") or given.refresh_token),
        scopes=str(body.get("scope") or ""),
        expires_at=time.time() + float(body.get("expires_in") or 0),
    )


async def access_token(cloud: Cloud, token: str) -> str:
    """Whose token it is: a fixed one, for a trial. Raises Refused with a sentence."""
    async with _http(cloud) as http:
        try:
            me = await Client(http, cloud.api_url, FixedToken(token)).get("people/me")
        except Unauthorized as problem:
            raise Refused("Webex does not accept this access token. It lives for a short time only: make a new one.") from problem  # fmt: skip
        except WebexError as problem:
            raise Refused(unwell(cloud, problem)) from problem
    if me.get("type") == "bot":
        raise Refused("This is the token of a bot. A bot cannot add phones: the service app's is wanted here.")  # fmt: skip
    return str(me.get("displayName") or "somebody without a name")


async def person(cloud: Cloud, admin_token: str, email: str) -> str:
    """The name of who has that email. Raises Refused where nobody has."""
    async with _http(cloud) as http:
        client = Client(http, cloud.api_url, FixedToken(admin_token))
        try:
            found = (await client.get("people", email=email)).get("items") or []
        except (Forbidden, NotFound, Unauthorized) as problem:
            raise Refused("The service app may not look people up, so I cannot check the email.") from problem  # fmt: skip
        except WebexError as problem:
            raise Refused(unwell(cloud, problem)) from problem
    if not found:
        raise Refused(f"Your organization has nobody with the email {email}.")
    return str(found[0].get("displayName") or email)


def unwell(cloud: Cloud, problem: WebexError) -> str:
    """What is wrong where nothing is wrong with the token."""
    if isinstance(problem, Unavailable):
        return unreached(cloud, problem)
    return f"Webex answered {problem.status}: {problem.words.rstrip('.')}."


def unreached(cloud: Cloud, problem: BaseException) -> str:
    """What stands between this machine and Webex."""
    if "certificate" in _causes(problem).lower():
        return f"The certificate of {cloud.api_url} is not trusted. Is there a proxy that inspects TLS? Name its certificate authority in WEBEX_CA_FILE."
    return f"{cloud.api_url} cannot be reached. Does this machine need a proxy (HTTPS_PROXY)? Is the address right (WEBEX_API_URL)?"


def which(problem: WebexError) -> str:
    """Which of client id, client secret and refresh token it was that a grant was refused for."""
    words = problem.words.lower()
    if "client id" in words:
        return "Webex knows no service app with this client id. Copy it again from the service app's page."
    if "client" in words:
        return "The client secret does not fit the client id. It is shown once; make a new one on the service app's page."
    return f"Webex does not accept this refresh token: it is cut off, expired, or of another service app. Generate new tokens on the service app's page (Org Authorizations). Webex said: {problem.words.rstrip('.')}."


def _causes(problem: BaseException | None) -> str:
    said = []
    while problem is not None:
        said.append(str(problem))
        problem = problem.__cause__ or problem.__context__
    return " ".join(said)


@asynccontextmanager
async def _http(cloud: Cloud) -> AsyncIterator[Carrier]:
    async with transport(trust(cloud.ca_file)) as http:
        yield http
