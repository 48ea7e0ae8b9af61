"""Recognizes questions about DECT: `handset of Bob`, `access code of Lobby`, `pair Bob's handset`.

A noun alone is looked up; what is to be added says so, by `add`, `for` or `to`. Pure.
"""

from dataclasses import replace

from bot.domain.language.arguments import Arguments
from bot.domain.language.dect_words import (
    BASE,
    HANDSET,
    MACS,
    meanings_by_token,
    names_base,
)
from bot.domain.language.vocabulary import ARTICLES
from bot.domain.text_readers import non_empty, search_text

_CODES = frozenset({"code", "codes", "pin", "zugangscode"})
_PAIR = frozenset({"pair", "pairing", "koppeln", "kopple"})
_OF = frozenset({"of", "von", "vom", "de", "du", "del"})
_CHANGES = frozenset({"add", "new", "create", "delete", "set", "change", "move", "grant", "revoke"})
_GOALS = frozenset({"for", "to", "into", "onto", "on", "with", "fur", "zu", "pour", "para"})
_LOOKING = (("show",), ("list",))
# By which a message may be named that asks for a code.
_ASKING = (*_LOOKING, (), ("access",), ("show", "access"), ("list", "access"), ("code",))
_POSSESSIVES = ("'s", "’s", "s'", "s’")


def asks_where(arguments: Arguments) -> bool:
    """`base D8:2E:3E:EF:4E:5C`, `handsets of Bob`; `replace base …`, as Webex replaces none."""
    alias = tuple(word for word in arguments.alias if word not in ARTICLES)
    if names_base(arguments.message) and ("swap" in arguments.meanings or alias in _LOOKING):
        return True
    words = {token.word for token in arguments.message}
    if (_CHANGES | {"get"}) & arguments.meanings or (_GOALS | _PAIR) & words:
        return False
    if alias == (BASE,):
        return _is_base_alone(arguments)
    return alias == (HANDSET,) and not arguments.of_kind(*MACS) and _is_of_somebody(arguments)


def _is_base_alone(arguments: Arguments) -> bool:
    """One MAC, and nothing but the noun beside it."""
    meanings = meanings_by_token(arguments.message)
    others = [token for token in arguments.message if token.kind not in MACS]
    is_one = len(arguments.message) == len(others) + 1
    return is_one and all(meanings[token] in ARTICLES | {BASE} for token in others)


def _is_of_somebody(arguments: Arguments) -> bool:
    """`handset of Bob`, `Bob's handset`."""
    *before, last = arguments.message
    is_possessive = any(token.text.endswith(_POSSESSIVES) for token in before)
    ends_with_noun = meanings_by_token(arguments.message)[last] == HANDSET
    return any(token.word in _OF for token in before) or (is_possessive and ends_with_noun)


def asks_for_code(arguments: Arguments) -> bool:
    """`access code of Lobby`, `pairing code for Bob`, `pair Bob's handset`."""
    tokens = arguments.message
    words = {token.word for token in tokens}
    has_values = any(token.word.isdigit() or token.kind in MACS for token in tokens)
    if has_values or _CHANGES & arguments.meanings:
        return False
    if _PAIR & words and HANDSET in arguments.meanings:
        return arguments.alias in (*_ASKING, (HANDSET,))
    tells = "access" in arguments.meanings or "zugangscode" in words or _PAIR & words
    return bool(tells and _CODES & words) and arguments.alias in _ASKING


def read_sheet(arguments: Arguments) -> dict[str, str]:
    """The network or the owner whose access codes are wanted."""
    if not asks_for_code(arguments):
        return non_empty(text=search_text(arguments))
    meanings = meanings_by_token(arguments.message)
    around = {"access", "show", "list", "get", HANDSET}
    kept = tuple(
        token
        for token in arguments.tokens
        if token.word not in _CODES | _PAIR and meanings[token] not in around
    )
    return non_empty(text=search_text(replace(arguments, tokens=kept)))
