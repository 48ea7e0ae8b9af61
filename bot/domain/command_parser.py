"""The grammar of typed commands: text → verb and arguments. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz import fuzz, process

from bot.core.models.text import clean
from bot.domain.commands import ChatCommand

MAX_COMMAND_LENGTH = 1_000
MIN_GUESS_SCORE = 72  # of 100: a guess with a lower score annoys more than it helps


@dataclass(frozen=True)
class Command:
    """A typed message that was understood: `args` are fields of a form, or `text`."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """A typed message that is no command; `guesses` are commands it may have meant."""

    text: str
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True)
class CommandParser:
    """Reads what people type, by the words of these commands."""

    commands: tuple[ChatCommand, ...]

    @cached_property
    def by_name(self) -> Mapping[str, ChatCommand]:
        """The commands by name."""
        return {command.name: command for command in self.commands}

    @cached_property
    def _aliases(self) -> list[tuple[str, ChatCommand]]:
        """Longest first, so that `add phone` is tried before `add`."""
        pairs = [(alias, command) for command in self.commands for alias in command.names]
        return sorted(pairs, key=lambda pair: -len(pair[0]))

    def parse(self, text: str) -> Command | Unknown:
        """What `text` asks for. Case and spacing do not matter; an empty text asks for help."""
        typed = clean(text, MAX_COMMAND_LENGTH).lstrip("/").rstrip("!?").strip()
        if not typed:
            return Command("help")
        for alias, command in self._aliases:
            arguments = _text_after(alias, typed)
            if arguments is not None:
                return Command(command.name, command.read(arguments))
        return Unknown(typed, self._guesses(typed))

    def acts_at_once(self, text: str) -> bool:
        """Whether the text is a command that changes something without showing a plan first."""
        command = self.parse(text)
        return isinstance(command, Command) and self.by_name[command.verb].acts_at_once

    def _guesses(self, typed: str) -> tuple[str, ...]:
        """Corrected commands: the aliases closest to the first words, and the rest as typed."""
        aliases = [alias for alias, _ in self._aliases if len(alias) > 2]
        tokens = typed.split()
        scored: dict[str, tuple[float, str]] = {}  # alias → best score and guess
        for count in range(1, min(4, len(tokens)) + 1):
            start = " ".join(tokens[:count]).lower()
            alias, score, _ = process.extractOne(start, aliases, scorer=fuzz.ratio)
            if score >= MIN_GUESS_SCORE:
                guess = (score, " ".join([alias, *tokens[count:]]))
                scored[alias] = max(scored.get(alias, guess), guess)
        # Two aliases may lead to the same guess: `add` + `phone`, and `add phone`.
        best_first = sorted(scored.values(), reverse=True)
        return tuple(dict.fromkeys(guess for _, guess in best_first))[:2]


def _text_after(alias: str, typed: str) -> str | None:
    """The text behind the alias; None where the text does not begin with it."""
    if typed.lower() == alias:
        return ""
    start = typed[: len(alias) + 1].lower()
    return typed[len(alias) + 1 :].strip() if start in (alias + " ", alias + ":") else None
