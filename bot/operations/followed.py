"""List what was added and has not registered with Webex yet."""

import re
from collections.abc import Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.followed import FollowedDevice, FollowedEntry, FollowKind, FollowState
from bot.core.models.local_time import LocalTime, unix_time
from bot.core.models.mac import show_mac
from bot.core.models.request_codes import CODE_LENGTH, likely_code
from bot.core.models.text import clean
from bot.domain.followed_names import MAX_NAME, in_words, model_of, typed_look
from bot.domain.language.arguments import Arguments
from bot.domain.operation import Caller, Context, Question
from bot.domain.pages import Page, split_page, with_next_page
from bot.domain.ports import FollowedDevices
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
_STOP = re.compile(r"(?:please\s+)?(?:stop|end)\s+(?:following|watching)\b.*", re.IGNORECASE)
STOP = "stop"
NOBODY_WAITS = "Nothing is waiting to register"
NOTHING = (
    "provbot is not following anything that you added. It follows a new device until it registers"
    " with Webex: at most for a day, or until its code expires."
)
NOTHING_OF = "Everything in {code} has registered with Webex, or is not followed."
NO_REQUEST = "You have no request {code}. Type “requests” to see yours."
NO_REQUEST_AT_ALL = "There is no request {code}."
OFF = (
    "provbot does not follow new devices: the operator has switched that off"
    " (PROVBOT_FOLLOW_MINUTES is 0). Type: devices offline"
)
NO_STOP = (
    "Nothing was stopped or changed. provbot tells you once that a device is late, and then only"
    " when it registers. Following ends on its own: after a day, when the code expires, or when the"
    " device is deleted."
)
LOOKING = "provbot is looking now. If something has registered, it says so in the request's thread."
LOOKED = (
    "provbot last looked {at}, and is looking again now. If something has registered, it says so"
    " in the request's thread."
)
NOT_LOOKING = "provbot does not follow these any more."
CODES = "A code is typed on the device. If one is lost or has expired, press New code."


async def list_followed(text: str, caller: Caller, ctx: Context) -> AdaptiveCard:
    """A page of what has not registered: of all requests, or of the one with the code."""
    code = _code_in(text)
    if text.startswith(STOP):
        return answers.notice("Following ends on its own", NO_STOP, _request_button(code))
    if ctx.followed is None or not ctx.followed.is_on:
        return answers.notice(NOBODY_WAITS, OFF)
    sees_all = caller.may("audit")  # who may read the trail sees the requests of everybody
    devices = await ctx.followed.listed(code, everybody=sees_all)
    if not devices:
        return await _nothing(code, ctx.followed, sees_all=sees_all)
    command = f"{NAME} {code}".strip()
    page = Page.of(split_page(text)[1], PAGE_SIZE, len(devices))
    shown, local = await ctx.followed.entries(list(page.rows(devices))), ctx.local()
    card = answers.entries(
        f"Not registered yet: {len(devices)}",
        [answers.Entry(_title(entry.device), _line(entry, local)) for entry in shown],
        end=" ".join(filter(None, (page.note(), _advice(shown, local)))),
        buttons=[*_buttons(shown), *page.more(command)],
    )
    return with_next_page(card, page, command)


async def _nothing(code: str, followed: FollowedDevices, *, sees_all: bool) -> AdaptiveCard:
    if not code:
        return answers.notice(NOBODY_WAITS, NOTHING)
    if await followed.sees(code, everybody=sees_all):
        return answers.notice(NOBODY_WAITS, NOTHING_OF.format(code=code), _request_button(code))
    unknown = NO_REQUEST_AT_ALL if sees_all else NO_REQUEST
    return answers.notice(f"Unknown request {code}", unknown.format(code=code))


def _request_button(code: str) -> list[Button]:
    return [Button("Show request", say(f"request {code}"))] if code else []


def _advice(shown: Sequence[FollowedEntry], local: LocalTime) -> str:
    """When provbot looked last, and what to do."""
    waiting = [entry for entry in shown if entry.device.state is FollowState.WAITING]
    times = [entry.looked_at for entry in waiting if entry.looked_at is not None]
    if not waiting:
        looks = NOT_LOOKING
    elif len(times) < len(waiting):
        looks = LOOKING
    else:
        looks = LOOKED.format(at=local.phrase(min(times)))
    has_code = any(entry.new_code for entry in shown)
    has_device = any(typed_look(entry.device) for entry in shown)
    return " ".join(
        filter(
            None,
            (
                looks,
                CODES if has_code else "",
                "For details, type: device MAC, or: request CODE" if has_device else "",
            ),
        )
    )


def _title(device: FollowedDevice) -> str:
    target = device.target
    if target.kind is FollowKind.BASE:
        return f"Base station of {clean(target.network_name, MAX_NAME)}"
    return clean(target.owner_name, MAX_NAME)


def _line(entry: FollowedEntry, local: LocalTime) -> str:
    """`8865 · D8:2E:… · added at 16:27 CET, 40 minutes ago · QH4A`."""
    device = entry.device
    target, at = device.target, local.phrase(device.since)
    verb = "code made" if target.kind is FollowKind.CODE else "added"
    ago = in_words(local.now - device.since)
    by = f" by {clean(entry.added_by, MAX_NAME)}" if entry.added_by else ""
    model = "" if target.kind is FollowKind.BASE else model_of(target)
    added = f"{verb} {at}, {ago} ago{by}"
    parts = (model, show_mac(target.mac), added, _validity(target.expires, local), device.request)
    return " · ".join(part for part in parts if part)


def _validity(expires: str, local: LocalTime) -> str:
    """`valid until 17:00 CET`, `expired at 16:00 CET`; empty for what has no code."""
    expires_at = unix_time(expires)
    if expires_at is not None and expires_at <= local.now:
        return f"code expired {local.phrase(expires_at)}"
    return f"valid until {local.show_iso(expires)}" if expires else ""


def _buttons(shown: Sequence[FollowedEntry]) -> list[Button]:
    """Buttons that look at the first ones of the page; for a code, that ask for another."""
    titles: dict[str, str] = {}
    for entry in shown:
        if entry.new_code:
            of_many = f": {_title(entry.device)}" if len(shown) > 1 else ""
            titles[entry.new_code] = clean(f"New code{of_many}", 28)
        elif command := typed_look(entry.device):
            titles[command] = clean(f"{_title(entry.device)} …{entry.device.target.mac[-4:]}", 28)
    return [Button(title, say(text)) for text, title in titles.items()][:MAX_BUTTONS]


def read(arguments: Arguments) -> dict[str, str]:
    """`followed QH4A page 2` → the code and the page."""
    source, number = split_page(arguments.text)
    page = f"page {number}" if number > 1 else ""
    stop = STOP if _STOP.fullmatch(arguments.source.strip()) else ""
    text = " ".join(filter(None, (stop, _code_in(source), page)))
    return {"text": text} if text else {}


def _code_in(text: str) -> str:
    """The code of a request, also one that was misread: `ZZZZ`."""
    code = likely_code(split_page(text)[0].removeprefix(STOP))
    return code if len(code) == CODE_LENGTH and code.isupper() | code.isdecimal() else ""


def claims(arguments: Arguments) -> bool:
    """`which phones are not registered?`, `what is not registered yet`, `stop following QH4A`."""
    source = arguments.source.strip()
    return bool(_NOT_REGISTERED.fullmatch(source) or _STOP.fullmatch(source))


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
