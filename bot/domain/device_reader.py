"""Reads what was typed about one device: its MAC alone, its name, and questions about it. Pure."""

from dataclasses import replace

from bot.domain.language.arguments import Arguments
from bot.domain.language.device_sentences import asked_about
from bot.domain.language.phrases import terms_of
from bot.domain.language.tokens import Kind
from bot.domain.text_readers import device_text, non_empty, read_search, tells_of_defect


def _asked(arguments: Arguments) -> str | None:
    """Which device a question like `did Lobby Lyon come up?` names; empty: `is the phone up?`.

    None if it is no such question.
    """
    tokens = asked_about(arguments.message)
    text = device_text(replace(arguments, tokens=tokens), tokens)
    is_of_device = any(term.meaning == "device" for term in terms_of(tokens))
    return text if text or is_of_device else None


def read_device(arguments: Arguments) -> dict[str, str]:
    """What is searched for, without what is asked about it."""
    asked = _asked(arguments)
    has_mac = Kind.MAC in [token.kind for token in arguments.tokens]
    return read_search(arguments) if asked is None or has_mac else non_empty(text=asked)


def claims(arguments: Arguments) -> bool:
    """A MAC alone, or `is 00:11:22:33:44:55 online?`; `Kim's 8845 is broken`."""
    if arguments.alias == () and tells_of_defect(arguments):
        return bool(arguments.of_kind(Kind.MODEL))
    if _asked(arguments) is not None:
        return True
    kinds = [token.kind for token in arguments.values()]
    others = {*kinds} - {Kind.MAC, Kind.NEAR_MAC, Kind.WORD}
    names_mac = Kind.MAC in kinds or kinds == [Kind.NEAR_MAC]
    return arguments.alias == () and names_mac and not others
