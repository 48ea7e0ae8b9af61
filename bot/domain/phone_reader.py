"""Reader of what was typed about a phone: its MAC, model and owner. Pure."""

from bot.core.models.mac_text import PlainText
from bot.domain.language.arguments import (
    Arguments,
    split_at_preposition,
    without,
    without_fillers_behind,
    without_leading_articles,
    without_noise,
    without_verbs_behind,
)
from bot.domain.language.model_text import ANY_ROOM_DEVICE
from bot.domain.language.tokens import Kind, Token
from bot.domain.language.vocabulary import INDEFINITE_ARTICLES
from bot.domain.text_readers import mac_text, non_empty

_PERSON = (Kind.EMAIL, Kind.MENTION)
# What is said of an owner who was named: `she is in Lyon`.
_PRONOUNS = frozenset({"she", "he", "they", "who"})
_PRONOUNS_WITH_VERB = frozenset({"she's", "she’s", "he's", "he’s", "they're", "they’re"})
_WHEREABOUTS = frozenset({"is", "are", "sits", "sit", "works", "work", "lives"})


def read_phone(arguments: Arguments) -> dict[str, str]:
    """MAC, model and owner, wherever they stand: `D8:2E:3E:EF:4E:5C 8865 for ann@example.com`.

    What is neither MAC nor model nor behind a preposition is the owner, or the model if it is
    missing. Two owners stay in one text: the lookup asks.
    """
    mac, macs = mac_text(arguments)
    models = arguments.of_kind(Kind.MODEL)
    room_device = () if models else _room_device(arguments)
    model = models[0].text if models else arguments.phrase(without_leading_articles(room_device))
    rest = _without_pronouns(without(arguments.values(), *macs, *models[:1], *room_device))
    before, preposition, behind = split_at_preposition(without_fillers_behind(rest))
    before, behind = without_noise(before), without_verbs_behind(behind)
    if not model and _may_be_model(before, behind):
        model, before = arguments.phrase(before), ()
    elif behind and _is_maker(before, models[:1], arguments):
        model, before = arguments.phrase((*before, *models[:1])), ()
    owner = (*before, *preposition, *behind) if before and behind else before or behind
    return non_empty(mac=mac, model=model, owner=arguments.phrase(owner) if owner else "")


def _without_pronouns(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens without `she is` behind a name: `Carol, she is in Lyon` → Carol in Lyon."""
    kept: list[Token] = []
    skips_verb = False
    for index, token in enumerate(tokens):
        following = tokens[index + 1].word if index + 1 < len(tokens) else ""
        is_pronoun = token.word in _PRONOUNS and following in _WHEREABOUTS
        if not (index and (is_pronoun or skips_verb or token.word in _PRONOUNS_WITH_VERB)):
            kept.append(token)
        skips_verb = bool(index) and is_pronoun
    return tuple(kept)


def _room_device(arguments: Arguments) -> tuple[Token, ...]:
    """The words `a room device` and the like: they stand for a model, as room devices have none."""
    plain = PlainText.of(arguments.source)
    match = ANY_ROOM_DEVICE.search(plain.text)
    if match is None:
        return ()
    start, end = plain.positions[match.start()], plain.positions[match.end() - 1] + 1
    inside = [token for token in arguments.tokens if start <= token.start and token.end <= end]
    before = [token for token in arguments.tokens if token.end <= start][-1:]
    return tuple(token for token in before if token.word in INDEFINITE_ARTICLES) + tuple(inside)


def _may_be_model(tokens: tuple[Token, ...], owner: tuple[Token, ...]) -> bool:
    """Whether these can be the name of a model that is not known.

    They have a digit, or an address behind the preposition already says who the owner is.
    """
    if not tokens or any(token.kind in _PERSON for token in tokens):
        return False
    has_digit = any(char.isdigit() for token in tokens for char in token.text)
    return has_digit or any(token.kind in _PERSON for token in owner)


def _is_maker(tokens: tuple[Token, ...], models: tuple[Token, ...], arguments: Arguments) -> bool:
    """Whether one word stands directly before a number with letters: `Acme WP100`."""
    if len(tokens) != 1 or not models or not models[0].text[0].isalpha():
        return False
    position = arguments.tokens.index(models[0])
    return position > 0 and arguments.tokens[position - 1] == tokens[0]
