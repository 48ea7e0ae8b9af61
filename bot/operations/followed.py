"""List what was added and has not registered with Webex yet."""

import re

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.followed import FollowedDevice, FollowKind
from bot.core.models.local_time import LocalTime
from bot.core.models.mac import show_mac
from bot.core.models.request_codes import find_codes
from bot.core.models.text import clean
from bot.domain.followed_names import MAX_NAME, in_words, model_of, typed_look
from bot.domain.language.arguments import Arguments
from bot.domain.operation import Caller, Context, Question
from bot.domain.pages import Page, split_page, with_next_page
from cards import answers
from cards.parts import Button, say

NAME = "followed"
PAGE_SIZE = 8  # fits one screen of a phone
MAX_BUTTONS = 4  # beside More: Webex shows five on a small screen
# `which phones are not registered`; with more words, it is a search of `devices`.
_NOT_REGISTERED = re.compile(
    r"(?:(?:which|what|what's|show|list|me|all|the|my|phones?|devices?|is|are|has|have|still)\s+)*"
    r"not (?:yet )?registered(?: yet)?\W*",
    re.IGNORECASE,
)
NOTHING = "All that you added lately has registered with Webex, or provbot does not look for it."
NOTHING_OF = "All of {code} has registered with Webex, or provbot does not look for it."
NOTHING_OF_YOURS = (
    "{code} is somebody else's request, or all of it has registered with Webex, or provbot does not"
    " look for it. You see what your own requests added; admins see all."
)


async def list_followed(text: str, caller: Caller, ctx: Context) -> AdaptiveCard:
    """A page of what has not registered: of all requests, or of the one with the code."""
    code = "".join(find_codes(text)[:1])
    sees_all = caller.may("audit")  # who may read the trail sees the requests of everybody
    devices = await ctx.followed.listed(code, everybody=sees_all) if ctx.followed else ()
    if not devices:
        return _nothing(code, sees_all=sees_all)
    command = f"{NAME} {code}".strip()
    page = Page.of(split_page(text)[1], PAGE_SIZE, len(devices))
    shown, local = page.rows(devices), ctx.local()
    card = answers.entries(
        f"Not registered yet: {len(devices)}",
        [answers.Entry(_title(device), _line(device, local)) for device in shown],
        end=f"{page.note()} For details, type: device MAC, or: request CODE".strip(),
        buttons=[*_buttons(list(shown)), *page.more(command)],
    )
    return with_next_page(card, page, command)


def _nothing(code: str, *, sees_all: bool) -> AdaptiveCard:
    of_code = NOTHING_OF if sees_all else NOTHING_OF_YOURS
    text = of_code.format(code=code) if code else NOTHING
    buttons = [Button("Show request", say(f"request {code}"))] if code else []
    return answers.notice("Nothing waits for its registration", text, buttons)


def _title(device: FollowedDevice) -> str:
    target = device.target
    if target.kind is FollowKind.BASE:
        return f"Base station of {clean(target.network_name, MAX_NAME)}"
    return clean(target.owner_name, MAX_NAME)


def _line(device: FollowedDevice, local: LocalTime) -> str:
    """`8865 · D8:2E:… · added at 16:27 CET, 40 minutes ago · QH4A`."""
    target, at = device.target, local.phrase(device.since)
    verb = "code made" if target.kind is FollowKind.CODE else "added"
    ago = in_words(local.now - device.since)
    expires = f"valid until {local.show_iso(target.expires)}" if target.expires else ""
    model = "" if target.kind is FollowKind.BASE else model_of(target)
    parts = (model, show_mac(target.mac), f"{verb} {at}, {ago} ago", expires, device.request)
    return " · ".join(part for part in parts if part)


def _buttons(shown: list[FollowedDevice]) -> list[Button]:
    """Buttons that look at the first ones of the page; a code has no device yet."""
    looks = {
        typed_look(device): clean(f"{_title(device)} …{device.target.mac[-4:]}", 28)
        for device in shown
        if typed_look(device)
    }
    return [Button(title, say(text)) for text, title in looks.items()][:MAX_BUTTONS]


def read(arguments: Arguments) -> dict[str, str]:
    """`followed QH4A page 2` → the code and the page."""
    code = "".join(find_codes(arguments.text)[:1])
    _, number = split_page(arguments.text)
    page = f"page {number}" if number > 1 else ""
    text = f"{code} {page}".strip()
    return {"text": text} if text else {}


def claims(arguments: Arguments) -> bool:
    """`which phones are not registered?`, `what is not registered yet`."""
    return bool(_NOT_REGISTERED.fullmatch(arguments.source.strip()))


FOLLOWED = Question(
    name=NAME,
    usage=("followed CODE",),
    aliases=(
        "still not there",
        "watching",
        "watched",
    ),
    help="List what was added and has not registered with Webex yet: your own requests",
    examples=("followed", "followed QH4A", "which phones are not registered"),
    group="Find",
    guide=(("see what is not registered yet", "followed"),),
    follows="devices",
    read=read,
    claims=claims,
    answer=list_followed,
)
