"""Whole sentences about one device: `did Lobby Lyon come up?`, `let it fetch its settings`. Pure.

Their words stand around the name of the device, so no alias of a command fits.
"""

from collections.abc import Sequence

from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Token
from bot.domain.language.vocabulary import ARTICLES

_ASKS = frozenset({"is", "was", "did", "does", "has"})
_STATES = frozenset(
    {"registered", "register", "unregistered", "connected", "connect", "disconnected", "online"}
    | {"offline", "up", "down", "back", "reachable", "unreachable", "working"}
)
_COMES = frozenset({"come", "came", "gone", "go", "get", "got", "been", "gotten"})
_SOON = frozenset({"yet", "now", "again", "already", "still", "today", "finally", "last"})
# What is asked of them is told by other commands, or by none.
_NO_DEVICE = frozenset(
    {"all", "every", "everything", "everybody", "everyone", "any", "anything", "anybody", "anyone"}
    | {"somebody", "someone", "something", "bot", "provbot", "webex", "dect", "system", "service"}
    | {"network", "internet", "hub", "wifi", "request", "dect network", "dect networks"}
    | {"devices", "base station", "handset"}
)
_LETS = frozenset({"let", "make", "have", "get", "tell"})
_FETCHES = frozenset(
    {"fetch", "reload", "load", "refresh", "update", "download", "pull", "get", "resync", "apply"}
)
_SETTINGS = frozenset({"config", "configs", "configuration", "settings", "changes"})
_ITS = (ARTICLES - {"new"}) | {"its", "his", "her", "their", "new"}


def asked_about(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens that name it in `is Bob's phone registered yet?`; empty for other sentences."""
    if tokens and tokens[0].word == "when":  # `when did Lobby Lyon last register?`
        tokens = tokens[1:]
    if not tokens or tokens[0].word not in _ASKS:
        return ()
    end = _before(tokens, len(tokens), _SOON)
    start = _before(tokens, end, _STATES)
    if start == end:
        return ()
    named = tuple(tokens[1 : _before(tokens, _before(tokens, start, _COMES), _SOON)])
    meanings = {term.meaning for term in terms_of(named)} | {token.word for token in named}
    return () if meanings & _NO_DEVICE else _without_new(named)


def _without_new(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """`Bob's new phone` → Bob's phone; `New York` stays a name."""
    behind = {term.first for term in terms_of(tokens) if term.meaning == "device"}
    return tuple(
        token
        for index, token in enumerate(tokens)
        if not (token.word == "new" and index + 1 in behind)
    )


def is_whole(tokens: Sequence[Token]) -> bool:
    """Whether the sentence is one of these: `has Bob's phone registered?` asks for no phone."""
    return bool(asked_about(tokens)) or told_to_fetch(tokens) is not None


def told_to_fetch(tokens: Sequence[Token]) -> tuple[Token, ...] | None:
    """The tokens that name it in `let Bob's phone fetch its configuration`; None for others."""
    if not tokens or tokens[0].word not in _LETS:
        return None
    end = _before(tokens, len(tokens), _SOON)
    noun = _before(tokens, end, _SETTINGS)
    verb = _before(tokens, noun, _ITS)
    if noun == end or verb < 2 or tokens[verb - 1].word not in _FETCHES:
        return None
    return tuple(tokens[1 : _before(tokens, verb - 1, frozenset({"to"}))])


def _before(tokens: Sequence[Token], end: int, words: frozenset[str]) -> int:
    """The index of the first of these words that stand right before `end`."""
    while end > 1 and tokens[end - 1].word in words:
        end -= 1
    return end
