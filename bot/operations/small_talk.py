"""Small talk: what people write out of politeness gets one short line, and changes nothing."""

from collections.abc import Awaitable, Callable
from importlib import metadata

from bot.core.models.text import join_words
from bot.domain import unsupported
from bot.domain.commands import RequestCommand
from bot.domain.operation import Caller, Context, Question
from bot.domain.unsupported import Feature

ABOUT = "I am provbot: I add {things} to Webex Calling. To see what you can ask me, type: help"

Answer = Callable[[str, Caller, Context], Awaitable[str]]


def line(text: str) -> Answer:
    """An answer that is always this line."""

    async def answer(_text: str, _caller: Caller, _ctx: Context) -> str:
        return text

    return answer


def added_things(*, government: bool) -> str:
    """What the bot adds in this cloud, for its introductions."""
    has_dect = unsupported.gap(Feature.DECT, government=government) is None
    return join_words(
        ["phones", "activation codes", *(["DECT networks"] if has_dect else [])], "and"
    )


async def introduce(_text: str, _caller: Caller, ctx: Context) -> str:
    """Who the bot is."""
    return ABOUT.format(things=added_things(government=ctx.government))


async def show_version(_text: str, _caller: Caller, _ctx: Context) -> str:
    """That the bot is there, and which version it is."""
    return f"provbot {metadata.version('provbot')} is here and listening."


# A word that could be meant as a decision never is one: it is answered with what waits.
YES = RequestCommand(
    name="yes",
    usage=(),
    aliases=(
        "y", "yep", "yeah", "ok", "okay", "k", "sure", "fine", "good", "great", "perfect", "cool",
        "go ahead", "do it", "go on", "awesome", "great work", "good bot", "well done", "nice",
        "sounds good", "looks good", "will do", "understood", "got it", "alright", "all right",
        "ja", "oui", "sí", "vale", "genau", "super", "👍", "👌", "✅", "done",
    ),
    alone=True,
)  # fmt: skip
NO = RequestCommand(
    name="no",
    usage=(),
    aliases=(
        *("n", "nope", "nah", "no thanks", "never mind", "nevermind", "forget it", "not now"),
        *("nein", "non", "👎", "🛑"),
    ),
    alone=True,
)
THANKS = Question(
    name="thanks",
    usage=(),
    aliases=(
        "thank you", "thank you so much", "thanks for your help", "thank you for your help",
        "thank you so much for your help", "thanks for the help", "thx", "ty",
        "much appreciated", "many thanks",
        "thanks a lot", "thank you very much", "cheers",
        "danke", "danke schön", "vielen dank", "merci", "merci beaucoup", "gracias",
        "muchas gracias", "🙏",
    ),
    alone=True,
    answer=line("You are welcome."),
)  # fmt: skip
GOODBYE = Question(
    name="bye",
    usage=(),
    aliases=("goodbye", "good bye", "bye bye", "see you", "exit", "quit", "ciao", "tschüss"),
    alone=True,
    answer=line("Goodbye."),
)
GREETING = Question(
    name="good morning",
    usage=(),
    aliases=("good afternoon", "good evening", "good day", "hey", "guten morgen", "bonjour"),
    alone=True,
    answer=line("Hello. Write what you need, or: help"),
)
WHO_ARE_YOU = Question(
    name="who are you",
    usage=(),
    aliases=("what are you", "who is this", "what is this", "are you a bot", "provbot"),
    alone=True,
    answer=introduce,
)
VERSION = Question(
    name="version",
    usage=(),
    aliases=("test", "ping", "are you there", "anybody there", "hello world"),
    alone=True,
    answer=show_version,
)
