"""Reads which phone is replaced, and by which one, from what was typed. Pure.

The word by which a phone is told counts more than the order: `D8:2E:3E:EF:4E:5C instead of …`. Two
MACs without such words are the old one and the new one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest

from bot.core.models.mac import find_macs
from bot.domain.language.arguments import (
    Arguments,
    split_at_preposition,
    without_excluded,
    without_leading_articles,
    without_noise,
)
from bot.domain.language.dect_words import names_base
from bot.domain.language.model_text import find_models
from bot.domain.language.phrases import match_at, phrase_list, terms_of
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.two_phones import (
    DEVICES,
    FOR,
    MACS,
    Part,
    Side,
    has_arrow,
    parts_of,
    side_told,
)
from bot.domain.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    CHANGES,
    DEFECTS,
    IN_ITS_PLACE,
    INSTEAD_OF,
    LABELS,
    OLD,
    REPLACED_BY,
)
from bot.domain.move_reader import is_held
from bot.domain.text_readers import device_text, mac_of, non_empty, subject_of

Hint = tuple[Side, bool]  # of which phone, and whether a word between the two phones says so

# The names of other commands that a message about two phones may begin with.
_NOUNS = frozenset({"", "device", "devices", "new"})
_ADDING = frozenset({"add", "get", "create"})
_LOOKING = frozenset({"show", "list"})  # `the display is broken, …`
_IN_ITS_PLACE = phrase_list(IN_ITS_PLACE)
_ABBREVIATION = re.compile(r"[A-Z][A-Z0-9-]{2,}")
_PERSON = (Kind.EMAIL, Kind.MENTION)
_NOBODY = ARTICLES | {
    *("me", "him", "her", "them", "us", "it", "this", "that", "my", "his", "their", "our"),
    *("now", "today", "tomorrow", "testing", "good", "free"),
}  # `… for now`
_TELLING = OLD | CHANGES | {*phrase_list((*INSTEAD_OF, *IN_ITS_PLACE))}


def read_swap(arguments: Arguments) -> dict[str, str]:
    """The old phone, the MAC and the model of the new one → inputs; what is not clear is left out.

    `swap the 8845 of Kim with D8:2E:3E:EF:4E:5C 8865` → device, mac, model. Beside the MAC of the
    old phone its model is `old_model`; `owner` is named behind the new phone: `… for Kim`.
    """
    message = _Message.of(arguments)
    return non_empty(
        device=message.device,
        mac=message.mac,
        model=message.model,
        old_model=message.old_model,
        owner=message.owner,
    )


def is_swap(arguments: Arguments) -> bool:
    """Whether a message means a swap; it may tell of an old and a new phone without the verb."""
    verb = arguments.alias[0] if arguments.alias else ""
    says_swap = "swap" in arguments.meanings
    if verb == "swap" or (verb in _NOUNS and says_swap):
        return not names_base(arguments.message)  # of DECT: Webex has no call that replaces one
    if verb not in _NOUNS | _ADDING | _LOOKING or not _may_tell_of_two(arguments):
        return False
    message = _Message.of(arguments)
    if verb in _LOOKING:
        return says_swap and bool(message.device and message.mac)
    if verb in _ADDING:  # `install D8:2E:3E:EF:4E:5C instead of …`
        return message.takes_place or (says_swap and len(message.macs) > 1)
    return message.means_swap


def _may_tell_of_two(arguments: Arguments) -> bool:
    """Whether a closer look is worth while: most messages have a MAC, but none of these words."""
    tokens = arguments.message
    tells = "swap" in arguments.meanings or any(token.word in _TELLING for token in tokens)
    wants_new = "new" in arguments.meanings and any(token.word in DEFECTS for token in tokens)
    has_mac = any(token.kind in MACS for token in tokens)
    return wants_new or (has_mac and (tells or has_arrow(tokens, arguments.source)))


@dataclass(frozen=True)
class _Message:
    """A message about two phones."""

    arguments: Arguments
    tokens: tuple[Token, ...]
    parts: Sequence[Part]

    @classmethod
    def of(cls, arguments: Arguments) -> "_Message":
        source = arguments.source
        tokens = without_excluded(arguments.message, source, replaced=False)
        radios = {match.start for match in find_macs(source) if match.is_radio}
        wired = any(token.kind is Kind.MAC and token.start not in radios for token in tokens)
        tokens = tuple(token for token in tokens if not (wired and token.start in radios))
        return cls(arguments, tokens, _with_two_held(parts_of(tokens, source)))

    @cached_property
    def macs(self) -> list[str]:
        """The different MACs, in order; wrong ones as they were typed."""
        tokens = (token for token in self.tokens if token.kind in MACS)
        return list(dict.fromkeys(map(mac_of, tokens)))

    @cached_property
    def old_and_new(self) -> tuple[list[str], list[str]]:
        """The MACs of the old phone, and those of the new one: one each, if all is clear."""
        if len(self.macs) == 1:
            return self._single(self.macs[0])
        hints = {mac: max(self._hints_of(mac), key=_clarity) for mac in self.macs}
        if len(hints) == 2:
            old, new = self._pair(*hints.items())
            return [old], [new]
        by_side = {side: [mac for mac in hints if hints[mac][0] is side] for side in Side}
        olds, news, others = (by_side[side] for side in (Side.OLD, Side.NEW, Side.UNKNOWN))
        if news and not olds:
            return others, news
        olds = olds or others[:1]
        return olds, [mac for mac in hints if mac not in olds]

    def _hints_of(self, mac: str) -> list[Hint]:
        """What each part that has this MAC says of it."""
        return [(part.side, part.is_marked) for part in self.parts if _has_mac(part, [mac])]

    def _pair(self, first: tuple[str, Hint], second: tuple[str, Hint]) -> tuple[str, str]:
        """The old one and the new one of two MACs."""
        (mac, (side, is_marked)), (other, (other_side, is_other_marked)) = first, second
        are_together = any(_has_mac(part, [mac]) and _has_mac(part, [other]) for part in self.parts)
        if are_together and side is Side.NEW:  # `replace with …, the phone …`
            return other, mac
        if side is other_side:  # the clearer word counts
            side = side if is_marked and not is_other_marked else Side.UNKNOWN
            other_side = other_side if is_other_marked and not is_marked else Side.UNKNOWN
        is_reversed = side is Side.NEW or other_side is Side.OLD
        return (other, mac) if is_reversed else (mac, other)

    def _single(self, mac: str) -> tuple[list[str], list[str]]:
        """One MAC: of the old phone, of the new one, or of both, which the plan refuses."""
        sides = {side for side, _ in self._hints_of(mac)}
        if Side.NEW in sides:
            return ([mac] if len(sides) > 1 else []), [mac]
        is_old = Side.OLD in sides or not self._names_other(mac)
        return ([mac], []) if is_old else ([], [mac])

    def _names_other(self, mac: str) -> bool:
        """Whether the old phone is named beside the MAC: `Kim's phone: …`.

        Behind the verb the MAC may be that phone's own, unless a label or a model is beside it.
        """
        holder = next(part for part in self.parts if _has_mac(part, [mac]))
        if not holder.is_object:
            before = self.parts[: self.parts.index(holder)]
            others = [*before, *(part for part in self.parts if part.side is Side.OLD)]
            return any(map(self._device_phrase, others))
        _, behind = _around_mac(holder)
        is_labelled = holder.of_kind(*MACS)[0].text[:1].upper() == "M"  # `MAC: …`
        has_model = any(token.kind is Kind.MODEL for token in behind)
        return bool(self._device_phrase(holder)) and (is_labelled or has_model)

    @property
    def device(self) -> str:
        """The old phone: its MAC, else the words that name it or its owner."""
        olds, _ = self.old_and_new if self.macs else ([], [])
        if olds:
            return ", ".join(olds)
        objects = [part for part in self.parts if part.is_object and part.side is not Side.NEW]
        sides = (Side.OLD, Side.UNKNOWN, Side.NEW)
        ranked = [part for side in sides for part in self.parts if part.side is side]
        phrases = [*dict.fromkeys(filter(None, map(self._device_phrase, (*objects, *ranked))))]
        is_model = bool(phrases) and any(
            match.text == phrases[0] for match in find_models(phrases[0])
        )
        return " ".join(phrases[: 2 if is_model else 1])  # `8845 … for Kim`

    def _device_phrase(self, part: Part) -> str:
        """The words of a part that may name a device; empty if they are none."""
        tokens = _around_mac(part)[0] if part.is_object else subject_of(part.tokens)
        is_new = part.side is Side.NEW
        return device_text(
            self.arguments, [token for token in tokens if not (is_new and token.kind is Kind.MODEL)]
        )

    @property
    def mac(self) -> str:
        """The MAC of the new phone; several stand side by side, and the form asks.

        Without a MAC, the words for a phone that somebody has: `with the phone of Sam`.
        """
        if self.macs:
            return " ".join(self.old_and_new[1])
        held = (
            part.tokens for part in self.parts if part.side is Side.NEW and is_held(part.tokens)
        )
        return self.arguments.phrase(without_leading_articles(next(held, [])))

    @property
    def model(self) -> str:
        """The model of the new phone: beside its MAC, else where it is described."""
        olds, news = self.old_and_new if self.macs else ([], [])
        beside = [part for part in self.parts if _has_mac(part, news)]
        models = [model for part in beside for model in _models_beside(part, olds)]
        models = models or [model for part in self._descriptions(news) for model in part]
        return " ".join(dict.fromkeys(models)) or self._unknown_model

    @property
    def _unknown_model(self) -> str:
        """What is written like a model behind the new MAC, but is none: `DECT`."""
        named = [token for token in without_noise(self._behind_new[0]) if token.word not in LABELS]
        is_alone = len(named) == 1 and named[0].kind is Kind.WORD
        return named[0].text if is_alone and _ABBREVIATION.fullmatch(named[0].text) else ""

    @property
    def old_model(self) -> str:
        """The model beside the MAC of the old phone; empty if it is not clear."""
        olds, news = self.old_and_new if self.macs else ([], [])
        if len(olds) != 1 or not news:
            return ""
        beside = [part for part in self.parts if _has_mac(part, olds)]
        models = {model for part in beside for model in _models_of_old(part, olds, news)}
        return models.pop() if len(models) == 1 else ""

    @property
    def owner(self) -> str:
        """Who gets the new phone, as far as that is said behind its MAC: `… for Kim`."""
        behind = self._behind_new[1]
        named = without_noise(subject_of(behind))
        is_name = all(token.kind in _PERSON or not _has_digit(token.text) for token in named)
        if not named or not is_name or behind[0].word in _NOBODY:
            return ""
        owner = self.arguments.phrase(named)
        return "" if owner in self.device or _names_phone(Part(tokens=[*named])) else owner

    @property
    def _behind_new(self) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """What stands behind the new MAC, before `for` and behind it."""
        news = self.old_and_new[1] if self.macs else []
        for part, following in zip_longest(self.parts, self.parts[1:]):
            if _has_mac(part, news):
                last = max(i for i, token in enumerate(part.tokens) if token.kind in MACS)
                behind = part.tokens[last + 1 :]
                if following and following.tokens and following.tokens[0].word in FOR:
                    behind += following.tokens
                before, _, named = split_at_preposition(behind, words=FOR)
                return before, named
        return (), ()

    def _descriptions(self, news: list[str]) -> Iterator[list[str]]:
        """The models in parts without a MAC: of the new phone, or alone behind its MAC."""
        is_behind = False
        for part in self.parts:
            if part.of_kind(*MACS):
                is_behind = _has_mac(part, news)
            elif part.side is Side.NEW or (is_behind and _has_only_models(part)):
                yield [token.text for token in part.of_kind(Kind.MODEL)]

    @property
    def means_swap(self) -> bool:
        """Whether it tells of an old and a new phone, without a verb that says so."""
        changes = any(token.word in CHANGES for token in self.tokens)
        if len(self.macs) < 2:
            is_told = bool(self.mac) and (changes or self.takes_place)
            return bool(self.device) and (is_told or self._tells_of_broken_one())
        sides = {part.side for part in self.parts}
        has_both = {Side.OLD, Side.NEW} <= sides or has_arrow(self.tokens, self.arguments.source)
        return has_both or changes or self.takes_place

    @property
    def takes_place(self) -> bool:
        """Whether it names a phone behind `instead of`, or before `in its place`."""
        replaced = (part for part in self.parts if part.is_marked and part.side is Side.OLD)
        indexes = range(len(self.tokens))
        is_before = any(match_at(self.tokens, index, _IN_ITS_PLACE)[0] for index in indexes)
        names_one = any(map(_names_phone, replaced)) or (is_before and bool(self.device))
        return names_one and bool(self.mac)

    def _tells_of_broken_one(self) -> bool:
        """`new phone for the broken one of Kim: …`; no phone is broken in `Dead Sea Room`."""
        is_new = any(term.meaning == "new" for term in terms_of(self.tokens))
        return is_new and any(
            token.word in DEFECTS and side_told(self.tokens, index) is Side.OLD
            for index, token in enumerate(self.tokens)
        )


def _with_two_held(parts: Sequence[Part]) -> list[Part]:
    """The parts, parted at `with` between two phones that people have.

    `swap the phone of Kim with the phone of Sam`.
    """
    pieces: list[Part] = []
    for part in parts:
        behind = next(
            (
                index + 1
                for index, token in enumerate(part.tokens)
                if token.word in REPLACED_BY and is_held(part.tokens[index + 1 :])
            ),
            0,
        )
        if behind > 1 and part.is_object and not part.of_kind(*MACS):
            pieces.append(replace(part, tokens=part.tokens[: behind - 1]))
            pieces.append(Part(Side.NEW, is_marked=True, tokens=part.tokens[behind:]))
        else:
            pieces.append(part)
    return pieces


def _has_mac(part: Part, macs: Sequence[str]) -> bool:
    return any(mac_of(token) in macs for token in part.of_kind(*MACS))


def _around_mac(part: Part) -> tuple[list[Token], list[Token]]:
    """What stands before the first MAC of a part, and what behind it; all before if it has none."""
    index = next((i for i, token in enumerate(part.tokens) if token.kind in MACS), len(part.tokens))
    return part.tokens[:index], part.tokens[index + 1 :]


def _clarity(hint: Hint) -> tuple[bool, bool]:
    side, is_marked = hint
    return side is not Side.UNKNOWN, is_marked


def _models_beside(part: Part, olds: list[str]) -> list[str]:
    """The models of a part that has the new MAC. One in front of the old MAC is the old one's."""
    models = part.of_kind(Kind.MODEL)
    if not _has_mac(part, olds):
        return [model.text for model in models]
    first_mac = part.of_kind(*MACS)[0]
    behind = [model for model in models if model.start > first_mac.start]
    return [model.text for model in behind[-1:]]


def _models_of_old(part: Part, olds: list[str], news: list[str]) -> list[str]:
    """The models of a part that has the old MAC, without that of the new phone."""
    models = [model.text for model in part.of_kind(Kind.MODEL)]
    if not _has_mac(part, news):
        return models
    first = mac_of(part.of_kind(*MACS)[0])
    return models[: len(models) - len(_models_beside(part, olds))] if first in olds else []


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _has_only_models(part: Part) -> bool:
    return all(
        token.kind is Kind.MODEL or token.word in AUXILIARIES | ARTICLES | LABELS
        for token in part.tokens
    )


def _names_phone(part: Part) -> bool:
    """Whether a part is about a phone, not about a person: `instead of Jack`."""
    is_phone = part.of_kind(*MACS, Kind.MODEL)
    return bool(is_phone) or any(term.meaning in DEVICES for term in terms_of(part.tokens))
