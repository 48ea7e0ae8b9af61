"""The grammar of typed commands: text → verb and arguments. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from bot.models import MAC_IN_TEXT, clean

LONGEST_COMMAND = 1_000
PUNCTUATION = " ,;.:"  # between the parts of a command it means nothing
CLOSE_ENOUGH = 72  # of 100: below it a guess annoys more than it helps

# What people say → what it means. The longest that fits wins, so `add phone` beats `add`.
VERBS: Mapping[str, tuple[str, ...]] = {
    "help": ("help", "?", "hi", "hello", "hallo", "start"),
    "whoami": ("whoami", "who am i"),
    "add phone": ("add phone", "add a phone", "new phone", "add"),
    "activation code": ("activation code", "get activation code", "get an activation code", "activation", "code"),
    "create dect network": ("create dect network", "create a dect network", "create dect", "new dect network", "add dect network", "dect network", "dect"),
    "devices": ("devices", "list devices", "phones", "list"),
    "device": ("device", "show device", "phone", "show"),
    "tag": ("tag",),
    "delete device": ("delete device", "delete", "remove device"),
    "approvals": ("approvals",),
    "approve": ("approve",),
    "reject": ("reject",),
    "grant": ("grant",),
    "revoke": ("revoke",),
    "access": ("access",),
    "audit": ("audit",),
    "requests": ("requests", "my requests"),
    "request": ("request",),
    "cancel": ("cancel",),
}  # fmt: skip
_ALIASES = sorted(
    ((alias, verb) for verb, aliases in VERBS.items() for alias in aliases),
    key=lambda pair: -len(pair[0]),
)
_WHERE = re.compile(r"(?:^|\s)(?:for|in)\s+(?P<owner>.+)$", re.IGNORECASE)
_AT = re.compile(r"(?:^|\s)at\s+(?P<location>(?:(?!\s+at\s).)+)$", re.IGNORECASE)  # the last one
_TAGS = re.compile(r"(?:^|\s)(?P<tags>[+-]\S.*)$")
# Typed where everybody reads it; at least it is kept as the secret it is.
_ACCESS_CODE = re.compile(r"[\s,]*\b(?:access\s+)?code\s*[:=]?\s*(?P<code>\d+)\b", re.IGNORECASE)
_BECAUSE = re.compile(r"^\s*because\b[\s:,]*", re.IGNORECASE)
# Written by somebody who meant a MAC, but with a digit too few or too many.
_NEARLY_MAC = re.compile(
    r"(?:\bmac(?:[ -]?address)?\s*[:=]?\s*)?"
    r"(?<!\S)(?:[0-9a-z]{1,6}(?:[:.\-][0-9a-z]{1,6}){2,}|(?=[a-f]*\d)[0-9a-f]{9,})(?!\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Command:
    """A typed message, understood: `args` are what was given of a form's fields, or `text`."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """A typed message that is no command; `guesses` are commands it may have meant."""

    text: str
    guesses: tuple[str, ...] = ()


def parse(text: str) -> Command | Unknown:
    """What `text` asks for. Case and spacing do not matter; nothing at all asks for help."""
    words = clean(text, LONGEST_COMMAND).lstrip("/").rstrip("!?").strip()
    if not words:
        return Command("help")
    for alias, verb in _ALIASES:
        rest = _after(alias, words)
        if rest is not None:
            return Command(verb, _arguments(verb, rest))
    return Unknown(words, _guesses(words))


def _after(alias: str, words: str) -> str | None:
    if words.lower() == alias:
        return ""
    start = words[: len(alias) + 1].lower()
    return words[len(alias) + 1 :].strip() if start in (alias + " ", alias + ":") else None


def _arguments(verb: str, rest: str) -> dict[str, str]:
    return _READERS[verb](rest) if verb in _READERS else _given(text=rest)


def _code(rest: str) -> dict[str, str]:
    owner, model = _split(_WHERE, "owner", rest)
    return _given(model=model, owner=owner)


def _network(rest: str) -> dict[str, str]:
    code = _ACCESS_CODE.search(rest)
    named = _ACCESS_CODE.sub(" ", rest).strip() if code else rest
    location, name = _split(_AT, "location", named)
    given = _given(name=name.strip("\"'“”"), location=location)
    return {**given, "access_code": code["code"]} if code else given


def _tag(rest: str) -> dict[str, str]:
    tags, device = _split(_TAGS, "tags", rest)
    return _given(device=device, tags=tags)


def _decision(rest: str) -> dict[str, str]:
    code, _, reason = rest.partition(" ")
    if _BECAUSE.match(code):  # the reason alone
        code, reason = "", rest
    return _given(request=code, reason=_BECAUSE.sub("", reason).strip())


def _grant(rest: str) -> dict[str, str]:
    location, named = _split(_AT, "location", rest)
    who, _, role = named.partition(" ")
    return _given(who=who, role=role.strip(), location=location)


def _phone(rest: str) -> dict[str, str]:
    mac, others = _mac(rest)
    owner, model = _split(_WHERE, "owner", others)
    return _given(mac=mac, model=model.strip(PUNCTUATION), owner=owner.rstrip(PUNCTUATION))


def _mac(rest: str) -> tuple[str, str]:
    """A MAC in any of its forms, or what was meant to be one; and what else was said."""
    found = MAC_IN_TEXT.search(rest)
    if found:
        return found["mac"], f"{rest[: found.start()]} {rest[found.end() :]}".strip()
    nearly = _NEARLY_MAC.search(_before_owner(rest))
    if nearly:
        return nearly.group().strip(), f"{rest[: nearly.start()]} {rest[nearly.end() :]}".strip()
    return "", rest


def _before_owner(rest: str) -> str:
    found = _WHERE.search(rest)
    return rest[: found.start()] if found else rest


def _split(pattern: re.Pattern[str], name: str, text: str) -> tuple[str, str]:
    """What stands behind the keyword, and what before it."""
    found = pattern.search(text)
    if not found:
        return "", text.strip()
    return found[name].strip(), text[: found.start()].strip()


def _given(**args: str) -> dict[str, str]:
    return {name: value for name, value in args.items() if value}


_READERS: Mapping[str, Callable[[str], dict[str, str]]] = {
    "add phone": _phone,
    "activation code": _code,
    "create dect network": _network,
    "tag": _tag,
    "delete device": lambda rest: _given(device=rest),
    "approve": _decision,
    "reject": _decision,
    "grant": _grant,
    "revoke": _grant,
}


def _guesses(words: str) -> tuple[str, ...]:
    """Corrected commands: the known words that come closest to the first ones, the rest as typed."""
    tokens = words.split()
    scored: dict[str, tuple[float, str]] = {}  # the best one by alias
    for count in range(1, min(4, len(tokens)) + 1):
        start = " ".join(tokens[:count]).lower()
        best = process.extractOne(
            start, [alias for alias, _ in _ALIASES if len(alias) > 2], scorer=fuzz.ratio
        )
        if best[1] >= CLOSE_ENOUGH:
            guess = (best[1], " ".join([best[0], *tokens[count:]]))
            scored[best[0]] = max(scored.get(best[0], guess), guess)
    # Two aliases may lead to the same words: `add` + `phone`, and `add phone`.
    return tuple(dict.fromkeys(guess for _, guess in sorted(scored.values(), reverse=True)))[:2]
