"""The words beside a photo, without those that only describe it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.language.languages import phrases, words
from bot.domain.language.message import POLITE_WORDS, Message
from bot.domain.language.phrases import Phrases, match_at, phrase_list
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.two_phones import FOR
from bot.domain.language.vocabulary import ARTICLES, PREPOSITIONS

_DESCRIPTIONS = phrase_list(
    phrases(
        en="phone, phones, telephone, desk phone, ip phone, photo, photo of, picture, picture of, "
        "image, label of, label for, sticker, "
        "this, that, these, this one, that one, it, its, it's, is, it is, that's, here is, here's, "
        "are, installed, mounted, plugged in, plugged, connected, hung up, placed, put up, "
        "put it, put this, put this one, "
        "located, goes, go, going, belongs, belonging, stands, sits, used, will be, should be, "
        "should go, has been, was, in use",
        de="telefon, telefone, tischtelefon, apparat, etikett, foto, bild, das ist, dies ist, "
        "dies, es ist, ist, hier ist, gehört, steht, hängt, installiert, montiert, "
        "angeschlossen, kommt, geht",
        fr="téléphone, téléphones, poste, appareil, étiquette, image, c'est, ceci, cela, ça, ce, "
        "cet, cette, est, voici, voilà, appartient, installé, branché, connecté, va",
        es="teléfono, teléfonos, equipo, etiqueta, imagen, es, esto, este, esta, está, aquí está, "
        "instalado, conectado, pertenece, va",
    )
)
_NEW = ARTICLES | words(
    de="neu, neue, neues, neuer", fr="nouveau, nouvel, nouvelle", es="nuevo, nueva"
)
_PLACES = words(
    en="desk, office, place, room", de="büro, schreibtisch, platz", fr="bureau", es="mesa"
)
# Before an owner, in addition to PREPOSITIONS.
_ORIGINS = phrase_list(phrases(fr="de la, de l, du, à, à la", es="del, de la, de los, de las"))


@dataclass(frozen=True)
class PhotoWords:
    """What the words beside a photo say.

    `rest` is what a command takes, such as `for Lobby Lyon`. `is_description`: they tell of the
    phone in the photo, and ask for nothing.
    """

    rest: str
    is_description: bool = False


def photo_words(text: str) -> PhotoWords:
    """The words without those that only describe: `this one goes to the lobby` → `for lobby`."""
    tokens = tokenize(text)
    start, is_description = _described(tokens)
    origin = _count(tokens, start, _ORIGINS)
    if origin or (start < len(tokens) and tokens[start].word in PREPOSITIONS):
        return _for_owner(text, tokens, start, start + max(origin, 1), is_description or origin > 0)
    if not is_description and _possessive(tokens[start:]) is None:
        return PhotoWords(text)
    return PhotoWords(_for(text, tokens, start), is_description=True)


def _for_owner(
    text: str, tokens: Sequence[Token], start: int, name: int, is_description: bool
) -> PhotoWords:
    """The words with an owner or a place behind a preposition."""
    if not is_description:
        return PhotoWords(text, tokens[start].word in FOR)
    while name < len(tokens) and tokens[name].word in ARTICLES | PREPOSITIONS:
        name += 1
    rest = _for(text, tokens, name)
    behind = Message.of(rest.removeprefix("for ")).meanings
    has_owner = not FOR.isdisjoint(behind)  # `in the office for Bob`
    return PhotoWords(text[tokens[start].start :] if has_owner else rest, is_description=True)


def _for(text: str, tokens: Sequence[Token], name: int) -> str:
    """The text from this token on as an owner: of `Bob's new phone`, Bob."""
    if name == len(tokens):
        return ""
    possessive = _possessive(tokens[name:])
    end = tokens[name + possessive].end - len("'s") if possessive is not None else len(text)
    return f"for {text[tokens[name].start : end]}"


def _described(tokens: Sequence[Token]) -> tuple[int, bool]:
    """The index behind the words that describe, and whether there are any."""
    end = index = 0
    is_description = False
    while index < len(tokens):
        described = _count(tokens, index, _DESCRIPTIONS)
        polite = _count(tokens, index, POLITE_WORDS)
        polite = 0 if tokens[index].word in PREPOSITIONS else polite
        if described or polite:
            index += max(described, polite)
            end, is_description = index, is_description or described > 0
        elif tokens[index].word in _NEW - PREPOSITIONS:
            index += 1  # `the new phone of …`; one before a name stays
        else:
            break
    return end, is_description


def _possessive(tokens: Sequence[Token]) -> int | None:
    """Where somebody's name ends, if that is all but the words for a phone: `Bob's phone`."""
    for index, token in enumerate(tokens):
        if token.kind is Kind.WORD and token.text[-2:] in ("'s", "’s") and token.word != "it's":
            behind = tokens[index + 1 :]
            is_phone = all(
                word.word in _NEW | _PLACES or _count(behind, position, _DESCRIPTIONS)
                for position, word in enumerate(behind)
            )
            return index if is_phone else None
    return None


def _count(tokens: Sequence[Token], index: int, table: Phrases) -> int:
    return match_at(tokens, index, table)[0] if index < len(tokens) else 0
