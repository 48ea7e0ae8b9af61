"""The audit trail in chat: the newest entries, of all or of one person, request or day.

Admins only.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from adaptivecardbuilder import AdaptiveCard

from bot.core import api_calls
from bot.core.errors import WebexError
from bot.core.models.audit import TrailFilter
from bot.core.models.local_time import LocalTime
from bot.core.models.people import addresses_in
from bot.core.models.request_codes import find_codes
from bot.core.models.text import clean, fold_loosely, join_words
from bot.core.models.webex import OwnerKind
from bot.domain.fallback import read_or_error_briefly
from bot.domain.language.arguments import Arguments
from bot.domain.lookup import names
from bot.domain.lookup.owner_phrases import OwnerPhrase, read_phrase
from bot.domain.lookup.owner_search import OwnerSearch
from bot.domain.lookup.owners import completed
from bot.domain.operation import Caller, Context, Question
from bot.domain.pages import Page, split_page, with_next_page
from bot.domain.policy import ADMIN, Rule
from bot.domain.ports import Trail, TrailEntry
from bot.domain.text_readers import non_empty
from cards import answers
from cards.parts import Button, say

PAGE_SIZE = 10  # fits one screen of a phone
MAX_PEOPLE = 5  # whom a name may mean
WHOLE_TRAIL = (
    "To export the whole trail, run “provbot audit export” on the server. To check that it is "
    "intact, run “provbot audit verify”."
)
# What an entry says, by the name of its action.
ACTIONS: Mapping[str, str] = {
    "confirmed": "confirmed",
    "waiting": "asked for approval",
    "approve": "approved",
    "reject": "rejected",
    "approved": "approved by all",
    "running": "started",
    "unknown": "outcome unclear",
    "step running": "step started",
    "step unknown": "outcome of a step unclear",
    "step done": "step done",
    "step failed": "step failed",
    "stop": "stopped",
    "done": "done",
    "partly": "partly done",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
    "granted": "role granted",
    "revoked": "role revoked",
    "denied": "refused",
}
# The calls that change something, by method and path.
CALLS: Mapping[str, str] = {
    api_calls.ADD_PHONE.call: "phone added",
    api_calls.ACTIVATION_CODE.call: "activation code created",
    api_calls.TAG.call: "tags changed",
    api_calls.DELETE_DEVICE.call: "device deleted",
    api_calls.CREATE_NETWORK.call: "DECT network created",
    api_calls.UPDATE_NETWORK.call: "DECT network changed",
    api_calls.DELETE_NETWORK.call: "DECT network deleted",
    api_calls.ADD_BASE_STATIONS.call: "base stations added",
    api_calls.DELETE_BASE_STATION.call: "base station deleted",
    api_calls.ADD_HANDSET.call: "handset added",
    api_calls.ADD_HANDSETS.call: "handsets added",
    api_calls.UPDATE_HANDSET.call: "handset changed",
    api_calls.DELETE_HANDSET.call: "handset deleted",
    api_calls.DELETE_HANDSETS.call: "handsets deleted",
    api_calls.SWITCH_SERVICEABILITY.call: "serviceability password switched",
    api_calls.NEW_SERVICEABILITY_PASSWORD.call: "serviceability password created",
}
_DAY = re.compile(r"\b(?:(today|yesterday)|(?:(since|from)\s+)?(\d{4}-\d\d-\d\d))\b", re.IGNORECASE)
_MEANINGLESS = frozenset({"entries", "entry", "trail", "log", "since", "did", "by", "all", "show"})


@dataclass(frozen=True)
class Search:
    """What somebody wants to see of the trail. `day` is in words, for the headline."""

    phrase: OwnerPhrase
    code: str
    since: str
    until: str
    day: str


async def show_audit(text: str, _caller: Caller, ctx: Context) -> AdaptiveCard:
    """The newest entries, a page at a time: time, action, request, person."""
    if ctx.trail is None:
        return answers.entries("Audit trail", [])
    search_text, number = split_page(text)
    local = ctx.local()
    search = read_audit_search(search_text, local)
    people = await _people(search.phrase, ctx.trail, ctx)
    if people is None:
        return _not_understood(search.phrase.name)
    trail_filter = TrailFilter(search.code, tuple(people), search.since, search.until)
    count = await ctx.trail.count(trail_filter)
    page = Page.of(number, PAGE_SIZE, count)
    entries = await ctx.trail.search(trail_filter, page.size, page.start)
    about = join_words([*people, *filter(None, (search.code, search.day))], "and")
    card = answers.entries(
        f"Audit trail: {about}" if about else "Audit trail",
        [_row(entry, local) for entry in entries],
        subtitle="" if entries else "There are no entries.",
        end=f"{page.note()} {WHOLE_TRAIL}".strip(),
        buttons=page.more(f"audit {search_text}".strip()),
    )
    return with_next_page(card, page, f"audit {search_text}".strip())


def read_audit_search(text: str, local: LocalTime) -> Search:
    """`tom today`, `7K3F`, `ann@example.com since 2026-11-01`. Days are those of the reader."""
    day = _DAY.search(text)
    rest = f"{text[: day.start()]} {text[day.end() :]}" if day else text
    since, until, label = _days(day, local) if day else ("", "", "")
    emails = addresses_in(rest)
    codes = [] if emails else find_codes(rest)
    for code in codes:
        rest = re.sub(re.escape(code), " ", rest, flags=re.IGNORECASE)
    words = [word for word in rest.split() if _tells(word)]
    return Search(read_phrase(" ".join(words)), "".join(codes[:1]), since, until, label)


def _tells(word: str) -> bool:
    plain = fold_loosely(word).strip(" .,;:!?")
    return bool(plain) and plain not in names.SMALL_WORDS | _MEANINGLESS | {"request"}


def _days(match: re.Match[str], local: LocalTime) -> tuple[str, str, str]:
    """Since when, until when, and the same in words."""
    word, since, written = match[1], match[2], match[3]
    today = datetime.fromtimestamp(local.now, local.zone).date()
    try:
        day = date.fromisoformat(written) if written else today
    except ValueError:
        return written, written, written  # no entry has this time
    if word and word.lower() == "yesterday":
        day -= timedelta(days=1)
    begin, end = (_midnight(day + timedelta(days=days), local) for days in (0, 1))
    return (begin, "", f"since {day}") if since else (begin, end, str(day))


def _midnight(day: date, local: LocalTime) -> str:
    """The beginning of a day of the reader, as it stands in the trail."""
    begin = datetime.combine(day, time(), local.zone).astimezone(UTC)
    return f"{begin:%Y-%m-%dT%H:%M:%S}"


async def _people(phrase: OwnerPhrase, trail: Trail, ctx: Context) -> Collection[str] | None:
    """The addresses that are meant: of people in the trail, else of others. None: of nobody."""
    if phrase.emails or not (phrase.name or phrase.keys):
        return phrase.emails
    name_words = names.words(phrase.name, fold_loosely)
    actors = await trail.actors() if name_words and not phrase.keys else []
    fitting = [actor for actor in actors if _has_words(name_words, actor)]
    return (fitting or await _addresses(phrase, ctx))[:MAX_PEOPLE] or None


async def _addresses(phrase: OwnerPhrase, ctx: Context) -> list[str]:
    """The addresses of people whom Webex knows by this name or mention."""

    async def look_up() -> list[str]:
        owners = await completed(await OwnerSearch(ctx).find(phrase), ctx)
        return [owner.email for owner in owners if owner.kind is OwnerKind.PERSON and owner.email]

    addresses = await read_or_error_briefly(look_up())
    return [] if isinstance(addresses, WebexError) else addresses


def _has_words(words: Collection[str], address: str) -> bool:
    """Whether all words are parts of the login name: `tom`, `tom berger`."""
    return set(words) <= set(re.split(r"[^a-z0-9]+", fold_loosely(address).partition("@")[0]))


def _not_understood(name: str) -> AdaptiveCard:
    return answers.notice(
        f"I do not know “{clean(name, 40)}”",
        "Write an email, a name, the code of a request or a day, for example: audit "
        "tom@example.com, audit 7K3F, audit today.",
        [Button("Audit trail", say("audit"))],
    )


def _row(entry: TrailEntry, local: LocalTime) -> answers.Entry:
    at = local.show_iso(entry.at[:30])
    action, about = ACTIONS.get(entry.action, entry.action), entry.about
    if entry.action == "call":
        action, about = _call(entry.facts)
    elif entry.action in ("granted", "revoked"):
        about = _role(entry.facts)
    elif entry.action.startswith("step "):
        about = _step(entry.facts, is_done=entry.action == "step done")
    return answers.Entry(
        " · ".join(filter(None, (at, action, entry.request))),
        " · ".join(filter(None, (entry.actor, clean(about, 120)))),
    )


def _role(facts: Mapping[str, Any]) -> str:
    """`sam@example.com, technician at Berlin`."""
    place = f" at {facts['location']}" if facts.get("location") else ""
    return f"{facts.get('who', '')}, {facts.get('role', '')}{place}"


def _step(facts: Mapping[str, Any], *, is_done: bool) -> str:
    """`add: Cisco 8845 … now belongs to Ann Alder`; of a row of a list also what it is about."""
    names = ("step", "outcome") if is_done else ("step", "what", "outcome")
    return ": ".join(str(facts[name]) for name in names if facts.get(name))


def _call(facts: Mapping[str, Any]) -> tuple[str, str]:
    """A call to Webex in words: what was to change, and what Webex said."""
    call, status = f"{facts.get('method', '')} {facts.get('path', '')}", facts.get("status", 0)
    change = next((text for known, text in CALLS.items() if _is_call(known, call)), "change made")
    if not isinstance(status, int) or status == 0:
        return f"{change}?", "Webex did not answer"
    if status < 400:
        return change, "in Webex"
    subject, _, verb = change.rpartition(" ")
    return f"{subject} not {verb}", f"Webex refused it ({status})"


def _is_call(known: str, call: str) -> bool:
    pattern = re.escape(known).replace(re.escape("{id}"), "[^/]+")
    return bool(re.fullmatch(pattern, " ".join(call.replace(" /", " ").split())))


def read_rest(arguments: Arguments) -> dict[str, str]:
    """All that stands behind the command: `today` counts here."""
    return non_empty(text=arguments.raw.strip(" .,;:!?"))


AUDIT = Question(
    name="audit",
    usage=("audit", "audit WHO", "audit CODE"),
    help="Show the newest entries of the audit trail, or those of a person, a request or a day",
    examples=("audit", "audit ann@example.com today"),
    group="Roles",
    read=read_rest,
    rule=Rule(ADMIN, organization_wide=True),
    answer=show_audit,
)
