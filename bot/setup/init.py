"""`provbot init`: guide an operator through the setup, test each answer, and write `.env`."""

import asyncio
import getpass
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import httpx
import typer
from dotenv import dotenv_values

from bot.core import clouds, config, logs
from bot.core.clouds import COMMERCIAL, Cloud
from bot.core.errors import ConfigError, Refused
from bot.setup import cloud_choice, credentials, doctor, env_file, init_text
from bot.setup.credentials import ServiceApp
from bot.setup.init_text import ENV_HEADER, TEXT
from bot.setup.scopes import SCOPES
from bot.webex.client import ssl_context
from bot.webex.http_client import http_client
from bot.webex.tokens import Credentials

T = TypeVar("T")

FILE = Path(".env")
ADDRESSES = (clouds.API_URL, clouds.U2C_URL, "WEBEX_CA_FILE")
BOT, ACCESS = "WEBEX_BOT_TOKEN", "WEBEX_SERVICE_APP_ACCESS_TOKEN"
CLIENT_ID, CLIENT_SECRET, REFRESH = SERVICE_APP = (
    "WEBEX_SERVICE_APP_CLIENT_ID",
    "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN",
)
ADMINS, KEY = "PROVBOT_ADMINS", "PROVBOT_KEY"
TOKEN = re.compile(r"[\x21-\x7e]+")  # characters of an HTTP header
EMAILS = re.compile(r"[^@\s,]+@[^@\s,]+(\s*,\s*[^@\s,]+@[^@\s,]+)*")


class Prompter(Protocol):
    """Asks the questions. `name` is the variable that the answer is for."""

    def say(self, text: str) -> None:
        """Print a text."""
        ...

    def ask(self, question: str, name: str) -> str:
        """Return the answer, which is shown while it is typed."""
        ...

    def secret(self, question: str, name: str) -> str:
        """Return the answer, which is hidden while it is typed."""
        ...

    def confirm(self, question: str, *, default: bool) -> bool:
        """Ask a yes-or-no question."""
        ...


class Terminal:
    """Asks a person at the terminal."""

    def say(self, text: str) -> None:
        """Print a text."""
        typer.echo(text)

    def ask(self, question: str, name: str) -> str:  # noqa: ARG002 - as in Prompter
        """Return the answer, which may be empty."""
        return str(typer.prompt(question, default="", show_default=False)).strip()

    def secret(self, question: str, name: str) -> str:  # noqa: ARG002 - as in Prompter
        """Return the answer without quotes or `Bearer`, which is hidden while it is typed."""
        # Not typer's prompt, which prints the question before it turns the echo off.
        answer = getpass.getpass(f"{question}: ")
        return answer.strip().removeprefix("Bearer ").strip("\"' ")

    def confirm(self, question: str, *, default: bool) -> bool:
        """Ask a yes-or-no question."""
        return typer.confirm(question, default=default)


class NonInteractive:
    """Takes all answers from the environment (`--yes`), and stops at a question without one."""

    def say(self, text: str) -> None:
        """Print a text."""
        typer.echo(text)

    def ask(self, question: str, name: str) -> str:  # noqa: ARG002 - as in Prompter
        """Stop, because there is no answer."""
        raise ConfigError(f"{name} is not set, and --yes asks no questions.")

    secret = ask

    def confirm(self, question: str, *, default: bool) -> bool:  # noqa: ARG002 - as in Prompter
        """Agree: keep what is set, and leave doubtful answers to the doctor."""
        return True


def run(prompter: Prompter, environ: Mapping[str, str], sandbox: str = "") -> bool:
    """Ask, write `.env` and check everything; whether all checks passed. Raises ConfigError."""
    logs.silence()
    setup = Setup(prompter, environ)
    if sandbox:
        setup.answers |= addresses(sandbox)
    setup.welcome()
    for step in (
        setup.cloud,
        setup.bot,
        setup.service_app,
        setup.admin,
        setup.key,
        setup.write,
    ):
        step()
    prompter.say(TEXT["checking"])
    passed = doctor.run()
    prompter.say(TEXT["ready"] if passed else TEXT["not_ready"])
    return passed


def addresses(sandbox: str) -> dict[str, str]:
    """Ask the page of a sandbox for the addresses of its cloud. Raises ConfigError."""
    try:
        env = json.loads(asyncio.run(_fetch(f"{sandbox.rstrip('/')}/control/env")))
        cloud = {clouds.CLOUD: str(env[clouds.CLOUD])} if clouds.CLOUD in env else {}
        return {**cloud, **{name: str(env[name]) for name in ADDRESSES}}
    except (httpx.RequestError, httpx.InvalidURL, ValueError, LookupError) as error:
        raise ConfigError(
            f"There is no sandbox at {sandbox}. Give the address of its page, which"
            " `provbot sandbox` prints."
        ) from error


async def _fetch(url: str) -> bytes:
    async with http_client(ssl_context(None), proxies={}) as http:  # it is on this machine
        return (await http.get(url)).content


class Setup:
    """The steps of the setup. `known` holds what is set already, `answers` what will be written."""

    def __init__(self, prompter: Prompter, environ: Mapping[str, str]) -> None:
        """`environ` overrides `.env`, as it does for the bot."""
        self.prompter, self._environ = prompter, dict(environ)
        self._file = dict(dotenv_values(FILE)) if FILE.exists() else {}
        variables = {**self._file, **self._environ}
        self._mounted = config.secrets_in_files(variables)  # secrets in files of their own
        named = {name: value for name, value in variables.items() if name in config.KNOWN and value}
        self.known: dict[str, str] = {**named, **self._mounted}
        self.answers: dict[str, str] = {}
        self._cloud: Cloud = COMMERCIAL
        self._foreign: list[str] = []  # variables with an address of the other cloud
        self._renews_token = False  # provbot gets the service app's token by a refresh grant
        self._admin_token = ""  # an access token of the service app, to look people up

    @property
    def api_url(self) -> str:
        """The base of the REST API."""
        explicit = {**self.known, **self.answers}.get(clouds.API_URL)
        return (explicit or self._cloud.api_url).rstrip("/")

    def welcome(self) -> None:
        """Explain what happens, and ask before an existing `.env` is changed."""
        self.prompter.say(TEXT["welcome"])
        question = (
            f"{FILE} exists already. Your answers replace its lines; other lines stay. Go on?"
        )
        if FILE.exists() and not self.prompter.confirm(question, default=True):
            raise ConfigError(f"{FILE} was not changed.")

    def cloud(self) -> None:
        """Choose the cloud first, because no token may be tested in the other one."""
        before = {**self.known, **self.answers}
        self._cloud = cloud_choice.choose(before, self.prompter.confirm)
        self._foreign = cloud_choice.foreign_urls(before, self._cloud)
        for name in self._foreign:
            self.known.pop(name, None)
            self.answers.pop(name, None)
        api_url = before.get(clouds.API_URL)
        if clouds.CLOUD in before or not api_url or clouds.of_url(api_url):  # no sandbox
            self.answers[clouds.CLOUD] = self._cloud.name
        if self.api_url != COMMERCIAL.api_url:
            self.prompter.say(f"This is {self._cloud.title}, at {self.api_url}.")

    def bot(self) -> None:
        """Step 1: the bot's token."""
        self.prompter.say(init_text.bot(self._cloud, self.api_url))
        self._repeat(self._ask_bot, (BOT,))

    def _ask_bot(self) -> None:
        token = self._answer(BOT, "Bot access token", hidden=True)
        me = self._check(lambda http: credentials.bot(http, self.api_url, token, self._cloud))
        self.prompter.say(f"✓ {credentials.name_of(me)} ({credentials.email_of(me)})")

    def service_app(self) -> None:
        """Step 2: client id, client secret and refresh token, or a fixed access token."""
        scopes = "\n".join(f"     {scope.name}" for scope in SCOPES)
        self.prompter.say(init_text.service_app(self._cloud, scopes))
        self._repeat(self._ask_service_app, (*SERVICE_APP, ACCESS))

    def _ask_service_app(self) -> None:
        client_id = ""
        if not self._keeps_fixed_token():
            client_id = self._answer(
                CLIENT_ID, "Client ID (empty: a fixed access token, for a trial)"
            )
        self._renews_token = bool(client_id)
        if not client_id:
            self._ask_fixed_token()
            return
        secret = self._answer(CLIENT_SECRET, "Client secret", hidden=True)
        refresh = self._answer(REFRESH, "Refresh token", hidden=True)
        grant = Credentials(client_id, secret, refresh)
        tokens = self._check(lambda http: credentials.service_app(http, self.api_url, grant))
        if tokens.refresh_token != refresh:
            self._keep_newer(tokens.refresh_token)
        self._admin_token = tokens.access_token
        self.prompter.say("✓ Webex issued an access token.")
        self._check_scopes(tokens)

    def _keeps_fixed_token(self) -> bool:
        """Ask here, because somebody who does not keep it may want the service app instead."""
        if ACCESS not in self.known or all(name in self.known for name in SERVICE_APP):
            return False
        if not self.prompter.confirm(f"{ACCESS} is set. Keep it?", default=True):
            self.known.pop(ACCESS)
        return ACCESS in self.known

    def _keep_newer(self, refresh_token: str) -> None:
        """Write the token that replaces the tested one, unless that one is in its own file."""
        if REFRESH in self._mounted and REFRESH not in self.answers:  # both would be refused
            self.prompter.say(TEXT["newer"].format(name=REFRESH))
        else:
            self.answers[REFRESH] = refresh_token

    def _check_scopes(self, tokens: ServiceApp) -> None:
        for scope in tokens.missing_scopes:
            self.prompter.say(f"✗ {scope.name} is missing; needed for {scope.purpose}")
        if tokens.missing_scopes:
            raise Refused(TEXT["missing_scopes"])
        self.prompter.say("✓ It has all scopes." if tokens.scopes else TEXT["unknown_scopes"])

    def _ask_fixed_token(self) -> None:
        token = self.known.get(ACCESS) or self._answer(
            ACCESS, "Access token of the service app", hidden=True
        )
        me = self._check(lambda http: credentials.access_token(http, self.api_url, token))
        name = credentials.name_of(me) or "an account without a name"
        self.prompter.say(f"✓ {name}. {TEXT['fixed']}")
        self._admin_token = token

    def admin(self) -> None:
        """Step 3: who may grant roles in chat from the first start."""
        self.prompter.say(TEXT["admin"])
        self._repeat(self._ask_admin, (ADMINS,))

    def _ask_admin(self) -> None:
        emails = ""
        while not emails:  # without an admin nobody could grant roles
            emails = self._answer(ADMINS, "Your email in Webex").lower()
        if not EMAILS.fullmatch(emails):
            raise Refused("That is not an email address.")
        names = [self._person(email.strip()) for email in emails.split(",")]
        self.prompter.say(f"✓ {', '.join(names)}")

    def _person(self, email: str) -> str:
        token = self._admin_token
        return self._check(lambda http: credentials.person(http, self.api_url, token, email))

    def key(self) -> None:
        """Step 4: the encryption key. An existing one stays, because the database needs it."""
        if KEY not in self.known:
            self.answers[KEY] = config.new_key()
            self.prompter.say(TEXT["key"])

    def write(self) -> None:
        """Write the answers, and what only the environment had, to `.env` with mode 0600."""
        all_values = {**self.known, **self.answers}
        new = {name: value for name, value in all_values.items() if self._belongs(name, value)}
        try:
            before = FILE.read_text(encoding="utf-8") if FILE.exists() else ENV_HEADER
            env_file.write(FILE.absolute(), env_file.merged(before, new, self._obsolete()))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{FILE.absolute()} cannot be written: {error}.") from error
        self.prompter.say(f"✓ {FILE.absolute()} is written; only you can read it.")
        for name, value in self.answers.items():
            if self._environ.get(name, value) != value:
                self.prompter.say(
                    f"! This terminal has another {name}, which overrides {FILE}."
                    f" Type: unset {name}"
                )
        for name in sorted(self._obsolete() & self._environ.keys()):
            self.prompter.say(
                f"! This terminal still has {name}, which is obsolete. Type: unset {name}"
            )

    def _belongs(self, name: str, value: str) -> bool:
        """Whether `.env` needs the variable: it is new, not mounted and not obsolete."""
        mounted = name in self._mounted and name not in self.answers
        return not mounted and self._file.get(name) != value and name not in self._obsolete()

    def _obsolete(self) -> set[str]:
        """Return variables that would override the answers, or would be refused beside them."""
        fixed = {ACCESS, f"{ACCESS}_FILE"} if self._renews_token else set()
        return {*fixed, *self._foreign} | {
            f"{name}_FILE" for name in self.answers if f"{name}_FILE" in config.FILES
        }

    def _check(self, check: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        """Run a check of `credentials` over a connection of its own."""
        ca_file = {**self.known, **self.answers}.get("WEBEX_CA_FILE")

        async def connected() -> T:
            async with http_client(ssl_context(Path(ca_file) if ca_file else None)) as http:
                return await check(http)

        return asyncio.run(connected())

    def _repeat(self, step: Callable[[], None], names: tuple[str, ...]) -> None:
        """Run a step until its answers pass the check, or the person wants them nevertheless."""
        while True:
            try:
                step()
            except Refused as error:
                self.prompter.say(f"✗ {error}")
                if self.prompter.confirm("Use it anyway?", default=False):
                    return
                for name in names:
                    self.known.pop(name, None)
                    self.answers.pop(name, None)
            else:
                return

    def _answer(self, name: str, question: str, *, hidden: bool = False) -> str:
        """Return the known value if it is kept, otherwise a new answer."""
        if name in self.known and self.prompter.confirm(f"{name} is set. Keep it?", default=True):
            return self.known[name]
        self.known.pop(name, None)
        answer = self._secret(question, name) if hidden else self.prompter.ask(question, name)
        if answer:
            self.answers[name] = answer
        return answer

    def _secret(self, question: str, name: str) -> str:
        """Ask until the answer can be a token at all."""
        while not TOKEN.fullmatch(answer := self.prompter.secret(question, name)):
            self.prompter.say(
                "✗ That is empty, or contains characters that no token has. Copy it again."
            )
        return answer
