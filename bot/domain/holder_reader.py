"""Reads who gets or loses which role, and where, from what was typed. Pure.

A role without a location holds everywhere. So no word of a place may get lost: what is neither the
person nor the role becomes the location, and the lookup asks if it is none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.language.arguments import Arguments, without_excluded, without_words_around
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import ALL, ARTICLES, PREPOSITIONS, ROLES
from bot.domain.text_readers import non_empty

ACCESS = frozenset(["access", "allowlist", "role", "roles", "rights", "permission", "permissions"])
RECIPIENT_PREPOSITIONS = frozenset({"to", "from"})
# They stand before a place, and before a person if nobody else is named: `technician for sam`.
FOR = frozenset({"for", "fur", "fuer", "pour", "para"})
PLACE_PREPOSITIONS = FOR | {"at", "in", "on", "bei", "im", "auf", "en", "dans"}
PLACE_MARKERS = PLACE_PREPOSITIONS | {"everywhere", "anywhere", "uberall", "partout"}
# In `make sam a Berlin technician` they part the person from the place. No name has them.
_PARTING_ARTICLES = frozenset({"a", "an", "the"})
_VERBS = frozenset({"be", "is", "as", "take", "away", "only", "just"})
_MEANINGLESS = (PREPOSITIONS | ARTICLES | ACCESS | _VERBS) - ALL  # `in all locations`
_AND = frozenset({"and", "und", "et", "y"})
_PLURALS = {f"{role}s": role for role in ROLES}

Tokens = tuple[Token, ...]


@dataclass(frozen=True)
class _Segment:
    """Tokens between prepositions, roles and articles.

    `preposition` stands before them; it may be an adverb without any: `everywhere`.
    """

    tokens: Tokens = ()
    preposition: Token | None = None
    follows_access: bool = False  # as `to Berlin` in `access to Berlin`

    @property
    def word(self) -> str:
        """The preposition, folded; empty without one."""
        return self.preposition.word if self.preposition else ""

    @property
    def means_nothing(self) -> bool:
        """Whether it names neither a person nor a place, nor should name one."""
        is_place = self.word in PLACE_MARKERS
        return not is_place and all(token.word in _MEANINGLESS for token in self.tokens)

    @property
    def persons(self) -> int:
        """How many of the tokens lead up to the last address or mention; 0 without one."""
        kinds = [token.kind in (Kind.EMAIL, Kind.MENTION) for token in self.tokens]
        return len(kinds) - kinds[::-1].index(True) if any(kinds) else 0


def read_holder(arguments: Arguments) -> dict[str, str]:
    """Who, role and location: `ann@example.com technician at Berlin`, `make ann a technician`."""
    values = arguments.values()
    role = next((token for token in values if role_of(token)), None)
    second = _second_role(values, role)
    values = tuple(token for token in values if token not in second)
    access = [token for token in values if token.word in ACCESS]
    segments = [segment for segment in _segments(values, role) if not segment.means_nothing]
    person = _person(segments)
    beside = person.tokens[person.persons :] if person.persons else ()
    who = person.tokens[: person.persons] or person.tokens
    others = [segment for segment in segments if segment is not person]
    if role:
        others = [segment for segment in (_Segment(beside), *others) if not segment.means_nothing]
    location = " ".join([*_places(others, arguments), *_excluded(arguments)])
    unknown_role = () if role else beside
    return non_empty(
        who=_without_possessive(_phrase(who, arguments), bool(access)),
        role=_role(role, second) if role else _phrase(unknown_role, arguments),
        location=location,
    )


def role_of(token: Token) -> str:
    """The role that a word names: `approvers` is approver; empty if it names none."""
    return token.word if token.word in ROLES else _PLURALS.get(token.word, "")


def _role(role: Token, second: Tokens) -> str:
    """The role, as it was typed or in the singular; with the second, which the form refuses."""
    text = role.text if role.word in ROLES else role_of(role)
    return " and ".join([text, *(role_of(token) for token in second if role_of(token))])


def _second_role(values: Sequence[Token], role: Token | None) -> Tokens:
    """`and approver` in `technician and approver`: no words of a place."""
    behind = tuple(values[values.index(role) + 1 :]) if role else ()
    count = 2 if behind and behind[0].word in _AND else 1
    return behind[:count] if len(behind) >= count and role_of(behind[count - 1]) else ()


def _segments(tokens: Tokens, role: Token | None) -> Iterator[_Segment]:
    """The tokens without the role and words such as `access`, parted at these and prepositions."""
    segment = _Segment()
    for index, token in enumerate(tokens):
        follows_access = index > 0 and tokens[index - 1].word in ACCESS
        if token is role or token.word in ACCESS:
            yield segment
            segment = _Segment()
        elif token.word in RECIPIENT_PREPOSITIONS | PLACE_MARKERS:
            yield segment
            segment = _Segment(preposition=token, follows_access=follows_access)
        elif token.word in _PARTING_ARTICLES and segment.tokens and not segment.preposition:
            yield segment
            segment = _Segment()
        else:
            segment = replace(segment, tokens=(*segment.tokens, token))
    yield segment


def _person(segments: Iterable[_Segment]) -> _Segment:
    """The segment that names the person; an empty one if none does."""
    named = [segment for segment in segments if segment.tokens]
    unmarked = [segment for segment in named if not segment.preposition]
    recipients = [
        segment
        for segment in named
        if segment.word in RECIPIENT_PREPOSITIONS and not (segment.follows_access and unmarked)
    ]
    ranked = [
        *(segment for segment in named if segment.persons),
        *recipients,
        *unmarked,
        *(segment for segment in named if segment.word in FOR),
    ]
    return next(iter(ranked), _Segment())


def _places(segments: Iterable[_Segment], arguments: Arguments) -> Iterator[str]:
    """What stands for a place; a preposition by itself, if nothing follows it."""
    for index, segment in enumerate(segments):
        preposition = (segment.preposition,) if segment.preposition else ()
        if index and preposition:  # `office on the hill`
            yield arguments.phrase((*preposition, *segment.tokens))
        else:
            yield _phrase(segment.tokens or preposition, arguments)


def _phrase(tokens: Tokens, arguments: Arguments) -> str:
    """The text without articles and the like around it."""
    return arguments.phrase(without_words_around(tokens, _MEANINGLESS)) if tokens else ""


def _excluded(arguments: Arguments) -> Iterator[str]:
    """What is said not to be meant, unless it is a person or role: `everywhere but not Berlin`."""
    everything = tokenize(arguments.source)
    kept = set(without_excluded(everything, arguments.source))
    excluded = tuple(token for token in everything if token not in kept)
    if excluded and not any(token.word in ROLES or token.kind is Kind.EMAIL for token in excluded):
        yield arguments.source[excluded[0].start : excluded[-1].end]


def _without_possessive(who: str, names_access: bool) -> str:
    """`sam's access` → sam."""
    return re.sub(r"['’]s$", "", who) if names_access else who
