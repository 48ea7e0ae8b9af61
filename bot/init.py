"""`provbot init`: from nothing to a `.env` that works, one question after the other, each answer tried at once."""

import asyncio
import getpass
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import typer
from dotenv import dotenv_values

from bot import config, doctor, envfile, telemetry, trial
from bot.errors import ConfigError, Refused
from bot.init_words import HEAD, SAY
from bot.scopes import SCOPES
from bot.trial import Cloud
from bot.webex.client import trust
from bot.webex.tokens import Credentials
from bot.webex.transport import NoAnswer, NotSent, transport

FILE = Path(".env")
ADDRESSES = ("WEBEX_API_URL", "WEBEX_U2C_URL", "WEBEX_CA_FILE")
BOT, ACCESS = "WEBEX_BOT_TOKEN", "WEBEX_SERVICE_APP_ACCESS_TOKEN"
APP = (
    "WEBEX_SERVICE_APP_CLIENT_ID",
    "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN",
)
ADMINS, KEY = "PROVBOT_ADMINS", "PROVBOT_KEY"
VISIBLE = re.compile(r"[\x21-\x7e]+")  # what can stand in a header; people paste more than that
EMAILS = re.compile(r"[^@\s,]+@[^@\s,]+(\s*,\s*[^@\s,]+@[^@\s,]+)*")


class Talk(Protocol):
    """Who sits before the terminal."""

    def say(self, text: str) -> None:
        """Print it."""
        ...

    def ask(self, question: str, name: str) -> str:
        """What is typed, shown; the variable it is for."""
        ...

    def secret(self, question: str, name: str) -> str:
        """What is typed, not shown."""
        ...

    def agrees(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        ...


class Terminal:
    """A person."""

    def say(self, text: str) -> None:
        """Print it."""
        typer.echo(text)

    def ask(self, question: str, name: str) -> str:  # noqa: ARG002 - the Protocol's signature
        """What is typed, shown; empty where only Enter was pressed."""
        return str(typer.prompt(question, default="", show_default=False)).strip()

    def secret(self, question: str, name: str) -> str:  # noqa: ARG002 - the Protocol's signature
        """What is typed, not shown."""
        # Not typer's: it asks first and then stops the echo, so that what is pasted at once is shown.
        text = getpass.getpass(f"{question}: ")
        return text.strip().removeprefix("Bearer ").strip("\"' ")

    def agrees(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        return typer.confirm(question, default=default)


class Nobody:
    """`--yes`: takes what is set, and asks nothing. A question that has no answer ends it."""

    def say(self, text: str) -> None:
        """Print it."""
        typer.echo(text)

    def ask(self, question: str, name: str) -> str:  # noqa: ARG002 - the Protocol's signature
        """There is nobody."""
        raise ConfigError(f"{name} is not set, and with --yes nobody is asked.")

    secret = ask

    def agrees(self, question: str, *, default: bool) -> bool:  # noqa: ARG002 - the Protocol's signature
        """What is set is kept, and what is doubtful is left to the doctor."""
        return True


def run(talk: Talk, environ: Mapping[str, str], sandbox: str = "") -> bool:
    """Walk through it, write `.env`, examine everything; whether all is well. ConfigError where it must stop."""
    telemetry.silence()
    setup = Setup(talk, environ)
    if sandbox:
        setup.answered |= addresses(sandbox)
    setup.welcome()
    for step in (setup.the_bot, setup.the_service_app, setup.the_admin, setup.the_key, setup.write):
        step()
    talk.say(SAY["examine"])
    well = doctor.run()
    talk.say(SAY["ready"] if well else SAY["not ready"])
    return well


def addresses(sandbox: str) -> dict[str, str]:
    """Where a sandbox's cloud is, asked of its page. ConfigError where there is none."""
    try:
        found = json.loads(asyncio.run(_fetch(f"{sandbox.rstrip('/')}/control/env")))
        return {name: str(found[name]) for name in ADDRESSES}
    except (NotSent, NoAnswer, ValueError, LookupError) as problem:
        raise ConfigError(
            f"There is no sandbox at {sandbox}: give the address of its page, as `provbot sandbox` prints it."
        ) from problem


async def _fetch(url: str) -> bytes:
    async with transport(trust(None), proxies={}) as http:  # it is on this machine
        return (await http.send("GET", url, {}, None)).content


class Setup:
    """One walk through. What is set already is offered first; `answered` is what will be written."""

    def __init__(self, talk: Talk, environ: Mapping[str, str]) -> None:
        """`environ` wins over `.env`, as it does when provbot runs."""
        self.talk, self._environ = talk, dict(environ)
        self._file = dict(dotenv_values(FILE)) if FILE.exists() else {}
        given = {**self._file, **self._environ}
        self._mounted = config.secrets_in_files(given)  # secrets that stand in files of their own
        named = {name: value for name, value in given.items() if name in config.KNOWN and value}
        self.set: dict[str, str] = {**named, **self._mounted}
        self.answered: dict[str, str] = {}
        self._renewed = False  # the service app's token is fetched by provbot
        self._admin_token = ""  # an access token of the service app, to look people up with

    @property
    def cloud(self) -> Cloud:
        """Where Webex is."""
        known = {**self.set, **self.answered}
        ca_file, url = (
            known.get("WEBEX_CA_FILE"),
            known.get("WEBEX_API_URL", config.DEFAULT_API_URL),
        )
        return Cloud(url.rstrip("/"), Path(ca_file) if ca_file else None)

    def welcome(self) -> None:
        """What will happen; a file that is there is not changed without being asked."""
        self.talk.say(SAY["welcome"])
        question = (
            f"There is a {FILE} already. What you answer is put into it, the rest stays. Go on?"
        )
        if FILE.exists() and not self.talk.agrees(question, default=True):
            raise ConfigError(f"{FILE} was not changed.")
        if self.cloud.api_url != config.DEFAULT_API_URL:
            self.talk.say(f"Webex is at {self.cloud.api_url} here.")

    def the_bot(self) -> None:
        """Step 1: its token, tried."""
        self.talk.say(SAY["bot"])
        self._until_settled(self._bot, (BOT,))

    def _bot(self) -> None:
        token = self._had(BOT, "Bot access token", hidden=True)
        self.talk.say(f"✓ {asyncio.run(trial.bot(self.cloud, token))}")

    def the_service_app(self) -> None:
        """Step 2: client id, client secret and refresh token, tried together; or a fixed access token."""
        self.talk.say(SAY["service app"].format(scopes=scope_list()))
        self._until_settled(self._service_app, (*APP, ACCESS))

    def _service_app(self) -> None:
        client_id = ""
        if not self._keeps_the_fixed_one():
            client_id = self._had(APP[0], "Client ID (empty: a fixed access token, for a trial)")
        self._renewed = bool(client_id)
        if not client_id:
            self._fixed()
            return
        secret = self._had(APP[1], "Client secret", hidden=True)
        refresh = self._had(APP[2], "Refresh token", hidden=True)
        found = asyncio.run(trial.service_app(self.cloud, Credentials(client_id, secret, refresh)))
        if found.refresh_token != refresh:
            self._keep_newer(found.refresh_token)
        self._admin_token = found.access_token
        self.talk.say("✓ Webex gave an access token.")
        self._insist_on_scopes(found)

    def _keeps_the_fixed_one(self) -> bool:
        """Asked here, not where it is used: who does not keep it may want the service app in its place."""
        if ACCESS not in self.set or all(name in self.set for name in APP):
            return False
        if not self.talk.agrees(f"{ACCESS} is set. Keep it?", default=True):
            self.set.pop(ACCESS)
        return ACCESS in self.set

    def _keep_newer(self, refresh_token: str) -> None:
        """Webex gave it in place of the one that was tried."""
        if APP[2] in self._mounted and APP[2] not in self.answered:  # both would be refused
            self.talk.say(SAY["newer"].format(name=APP[2]))
        else:
            self.answered[APP[2]] = refresh_token

    def _insist_on_scopes(self, found: trial.ServiceApp) -> None:
        for scope in found.missing:
            self.talk.say(f"✗ {scope.name} is missing: {scope.breaks or scope.dims} will not work.")
        if found.missing:
            raise Refused(SAY["scopes"])
        self.talk.say("✓ It has all the scopes." if found.scopes else SAY["scopes unknown"])

    def _fixed(self) -> None:
        token = self.set.get(ACCESS) or self._had(
            ACCESS, "Access token of the service app", hidden=True
        )
        self.talk.say(f"✓ {asyncio.run(trial.access_token(self.cloud, token))}. {SAY['fixed']}")
        self._admin_token = token

    def the_admin(self) -> None:
        """Step 3: who may give roles in chat from the first start."""
        self.talk.say(SAY["admin"])
        self._until_settled(self._admin, (ADMINS,))

    def _admin(self) -> None:
        emails = ""
        while not emails:  # without one nobody could give roles
            emails = self._had(ADMINS, "Your email in Webex").lower()
        if not EMAILS.fullmatch(emails):
            raise Refused("That is no email.")
        names = [
            asyncio.run(trial.person(self.cloud, self._admin_token, email.strip()))
            for email in emails.split(",")
        ]
        self.talk.say(f"✓ {', '.join(names)}")

    def the_key(self) -> None:
        """Step 4: what encrypts the refresh token in the database. One that is set must stay: the database needs it."""
        if KEY not in self.set:
            self.answered[KEY] = config.new_key()
            self.talk.say(SAY["key"])

    def write(self) -> None:
        """What was answered, and what only the environment had, into `.env` with mode 0600."""
        all_known = {**self.set, **self.answered}
        new = {name: value for name, value in all_known.items() if self._belongs(name, value)}
        try:
            before = FILE.read_text(encoding="utf-8") if FILE.exists() else HEAD
            envfile.write(FILE.absolute(), envfile.merged(before, new, self._in_the_way()))
        except (OSError, UnicodeDecodeError) as problem:
            raise ConfigError(f"{FILE.absolute()} cannot be written: {problem}.") from problem
        self.talk.say(f"✓ {FILE.absolute()} is written; only you can read it.")
        for name, value in self.answered.items():
            if self._environ.get(name, value) != value:
                self.talk.say(
                    f"! This terminal has another {name}, which wins over {FILE}. Type: unset {name}"
                )
        for name in sorted(self._in_the_way() & self._environ.keys()):
            self.talk.say(f"! {name} of this terminal is in the way now. Type: unset {name}")

    def _belongs(self, name: str, value: str) -> bool:
        mounted = name in self._mounted and name not in self.answered
        return not mounted and self._file.get(name) != value and name not in self._in_the_way()

    def _in_the_way(self) -> set[str]:
        """A fixed access token wins over the service app; a secret and its file together are refused."""
        fixed = {ACCESS, f"{ACCESS}_FILE"} if self._renewed else set()
        return fixed | {f"{name}_FILE" for name in self.answered if f"{name}_FILE" in config.FILES}

    # Asking

    def _until_settled(self, step: Callable[[], None], names: tuple[str, ...]) -> None:
        """Try; say what is wrong, and ask anew, unless the person wants it all the same."""
        while True:
            try:
                step()
            except Refused as problem:
                self.talk.say(f"✗ {problem}")
                if self.talk.agrees("Use it all the same?", default=False):
                    return
                self._forget(names)
            else:
                return

    def _forget(self, names: tuple[str, ...]) -> None:
        for name in names:
            self.set.pop(name, None)
            self.answered.pop(name, None)

    def _had(self, name: str, question: str, *, hidden: bool = False) -> str:
        """What is set and shall stay, or else what is typed."""
        if name in self.set and self.talk.agrees(f"{name} is set. Keep it?", default=True):
            return self.set[name]
        self.set.pop(name, None)
        text = self._secret(question, name) if hidden else self.talk.ask(question, name)
        if text:
            self.answered[name] = text
        return text

    def _secret(self, question: str, name: str) -> str:
        """Asked anew at once where it can be none: nobody wants that all the same."""
        while not VISIBLE.fullmatch(text := self.talk.secret(question, name)):
            self.talk.say("✗ That is empty, or holds signs that no token has. Copy it again.")
        return text


def scope_list() -> str:
    """Ready to copy, a line each."""
    return "\n".join(f"     {scope.name}" for scope in SCOPES)
