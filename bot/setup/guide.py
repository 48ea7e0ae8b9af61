"""`provbot guide`: a printable page for technicians, with a QR code that opens the chat.

guide.html is its template. docs/chat-guide.md says the same; a test compares the two.
"""

import asyncio
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from bot.core import config, logs
from bot.domain.commands import ChatCommand
from bot.domain.unsupported import Feature, gap
from bot.operations import COMMANDS
from bot.operations.small_talk import added_things
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.http_client import http_client
from bot.webex.messaging import MessagesApi

PAGE = Template(Path(__file__).with_name("guide.html").read_text(encoding="utf-8"))

DECT = " <code>create dect network</code> always opens a form, which asks for the model."


def rows(commands: Iterable[ChatCommand]) -> dict[str, list[str]]:
    """Return the table of commands: the texts to type, by purpose."""
    table: dict[str, list[str]] = {}
    for command in commands:
        for purpose, text in command.guide:
            table.setdefault(purpose, []).append(text)
    return table


def link(address: str) -> str:
    """Return the link that opens the conversation with `address` in the Webex app.

    https://help.webex.com/article/n5yzg8y (webexteams protocol). That page is about people, but a
    bot's address works in the same way. For other devices, the printed page names the address.
    """
    return f"webexteams://im?email={quote(address, safe='@')}"


def page(name: str, address: str, *, government: bool = False) -> str:
    """Return the page, which loads nothing from elsewhere and leaves out what the cloud lacks."""
    import segno  # here, because only this command needs it

    usable = [command for command in COMMANDS if not gap(command.feature, government=government)]
    commands = "".join(
        f"<tr><td>{purpose}</td><td>{_codes(texts)}</td></tr>"
        for purpose, texts in rows(usable).items()
    )
    return PAGE.substitute(
        name=escape(name),
        address=escape(address),
        link=escape(link(address)),
        qr=segno.make(link(address), error="m", micro=False).svg_inline(border=2, omitsize=True),
        commands=commands,
        things=added_things(government=government).capitalize(),
        dect="" if gap(Feature.DECT, government=government) else DECT,
    )


def _codes(texts: list[str]) -> str:
    return " ".join(f"<code>{escape(text)}</code>" for text in texts)


def who_am_i() -> tuple[str, str]:
    """Ask Webex for the bot's name and address. Raises ConfigError or WebexError."""
    settings = config.load()
    logs.silence()
    return asyncio.run(_me(settings))


async def _me(settings: config.Config) -> tuple[str, str]:
    async with http_client(ssl_context(settings.ca_file)) as http:
        token = FixedToken(settings.bot_token.get_secret_value())
        me = await MessagesApi(Client(http, settings.api_url, token)).me()
    return str(me.get("displayName") or "provbot"), str((me.get("emails") or [""])[0])
