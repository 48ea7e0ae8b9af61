"""What a typed message asks for: text → verb and arguments. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.core.models.request_codes import find_codes
from bot.core.models.text import fold_loosely
from bot.domain.commands import ChatCommand
from bot.domain.language import spelling
from bot.domain.language.arguments import (
    Arguments,
    tidy,
    without_excluded,
    without_leading_articles,
)
from bot.domain.language.clauses import (
    is_asked,
    is_break,
    is_negated,
)
from bot.domain.language.message import POLITE_WORDS, Message
from bot.domain.language.phrases import (
    Term,
    alias_end,
    match_at,
    meanings_of,
    phrase_list,
    without_phrases_around,
)
from bot.domain.language.tokens import Kind, Token, tokenize
from bot.domain.language.vocabulary import (
    ARTICLES,
    ASKS_PERMISSION,
    PREPOSITIONS,
)
from bot.domain.text_readers import non_empty

MAX_COMMAND_LENGTH = 1_000
MAX_NAME = 60  # characters; no command has a longer one
MAX_NAME_WORDS = 4
_VERBS = frozenset({"add", "get", "new", "create", "delete", "show", "list"})
_ASKS_PERMISSION = phrase_list(ASKS_PERMISSION)
_WISHES = frozenset({"get", "new"})
# Nouns alone: what is done with the thing is told by the rest of the message.
_NOUNS = frozenset({("device",), ("devices",)})


@dataclass(frozen=True)
class Command:
    """A typed message that was understood: `args` are fields of a form, or `text`.

    An operation has another argument, `reason`, if the message says why. `corrected`: it was
    misspelt, so the person may correct it as well.
    """

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)
    corrected: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True)
class Unknown:
    """A typed message that is no command; `guesses` are commands it may have meant.

    `name` is what may name a person, a workspace or a device. `negated`: it says what not to do.
    """

    text: str
    guesses: tuple[str, ...] = ()
    name: str = ""
    negated: bool = False


@dataclass(frozen=True)
class _Named:
    """Where a command is named: indexes of terms, `end` exclusive."""

    command: ChatCommand
    alias: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class CommandParser:
    """Reads what people type, by the words of these commands."""

    commands: tuple[ChatCommand, ...]

    @cached_property
    def by_name(self) -> Mapping[str, ChatCommand]:
        """The commands by name."""
        return {command.name: command for command in self.commands}

    @cached_property
    def _whole(self) -> Mapping[str, ChatCommand]:
        """Commands by a whole message: their names as they are."""
        return {
            fold_loosely(alias): command for command in self.commands for alias in command.names
        }

    @cached_property
    def _commands_with_arguments(self) -> tuple[ChatCommand, ...]:
        """The commands that may stand among other words: `yes` and the like may not."""
        return tuple(command for command in self.commands if not command.alone)

    @cached_property
    def _aliases(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], ChatCommand]]]:
        """By the first canonical word, longest first: `add phone` is tried before `add`."""
        table: dict[str, dict[tuple[str, ...], ChatCommand]] = {}
        for command in self._commands_with_arguments:
            for alias in (*command.names, *_questions_of(command)):
                meanings = meanings_of(alias)
                table.setdefault(meanings[0], {}).setdefault(meanings, command)
        return {
            first: sorted(aliases.items(), key=lambda entry: -len(entry[0]))
            for first, aliases in table.items()
        }

    def is_command(self, line: str) -> bool:
        """Whether the line is a command by itself: it begins with one, or has a MAC and more."""
        message = Message.of(tidy(line, MAX_COMMAND_LENGTH))
        named = self._named_at(message.terms, message.first)
        has_mac = any(token.kind is Kind.MAC for token in message.tokens)
        return (named is not None and named.alias != ("device",)) or (
            has_mac and len(message.tokens) > 1
        )

    def begins_with_alias(self, line: str) -> bool:
        """Whether a command stands first, and behind it a MAC or nothing, or it has two words."""
        message = Message.of(tidy(line, MAX_COMMAND_LENGTH))
        named = self._named_at(message.terms, message.first)
        if named is None or named.alias in _NOUNS:
            return False
        behind = message.terms[named.end :][:1]
        return len(named.alias) > 1 or not behind or behind[0].kind is Kind.MAC

    def parse(self, text: str) -> Command | Unknown:
        """What `text` asks for. Case and spacing do not matter; an empty text asks for help."""
        typed = tidy(text, MAX_COMMAND_LENGTH)
        if not typed:
            return Command("help")
        whole = self._whole.get(fold_loosely(typed[:MAX_NAME]))
        if whole:
            return Command(whole.name)
        message = Message.of(typed)
        if all(token.word in self._small_talk for token in message.tokens):
            return self._small_talk_command(typed)
        understood = self._read(message)
        if isinstance(understood, Command) and self.by_name[understood.verb].may_need_approval:
            args = {**understood.args, **non_empty(reason=message.reason)}
            return replace(understood, args=args)
        return understood

    @cached_property
    def _small_talk(self) -> frozenset[str]:
        """The words of commands that stand alone, without those that name other commands."""
        talk = (name for command in self.commands if command.alone for name in command.names)
        others = (name for command in self._commands_with_arguments for name in command.names)
        return frozenset(fold_loosely(" ".join(talk)).split()) - {*map(fold_loosely, others)}

    def _small_talk_command(self, typed: str) -> Command:
        """The command of the first polite word that has one, else help: nothing else was said.

        Signs without words, such as emoji, are as good as `yes`.
        """
        words = [token.word for token in tokenize(typed)]
        named = next((self._whole[word] for word in words if word in self._whole), None)
        if named is None and not words:
            named = self.by_name.get("yes")
        return Command(named.name if named else "help")

    def acts_at_once(self, commands: Iterable[Command | Unknown]) -> bool:
        """Whether one of the commands changes something without showing a plan first."""
        return any(
            isinstance(command, Command) and self.by_name[command.verb].acts_at_once
            for command in commands
        )

    def _read(self, message: Message) -> Command | Unknown:
        """The command that begins the message, else the corrected one, else one named within."""
        named = self._named(message)
        understood = self._claimed(message, named) or self._command(message, named)
        not_meant = self._not_meant(message, named, understood)
        if not_meant:
            return not_meant
        if named and named.start == message.first and understood:
            return self._if_clear(understood, message, named)
        corrected = self._corrected(message)
        if understood is None or isinstance(corrected, Command):
            return corrected
        if named and self._must_lead(self.by_name[understood.verb]):
            return self._asked(message, named)
        return understood

    def _not_meant(
        self, message: Message, named: _Named | None, understood: Command | None
    ) -> Command | Unknown | None:
        """The answer where a change is said not to be made, or asked about; None if it is meant."""
        if understood and not self._changes(self.by_name[understood.verb]):
            return None
        first = self._first_token(message, named)
        if is_negated(message.tokens, message.typed, first):
            return Unknown(message.typed, negated=True)
        if understood and not message.is_clear:
            return Unknown(message.typed)
        is_question = understood and is_asked(message.tokens, message.typed, first)
        return self._asked(message, named) if is_question else None

    def _first_token(self, message: Message, named: _Named | None) -> int:
        """The index of the token with which a change begins: `an 8865 is not needed` has none."""
        if named and named.alias not in _NOUNS:
            return message.terms[named.start].first
        wishes = [term.first for term in message.terms if term.meaning in _WISHES]
        if wishes:
            return wishes[-1]
        return message.terms[named.start].first if named else min(2, len(message.tokens))

    def _changes(self, command: ChatCommand) -> bool:
        return command.acts_at_once or command.may_need_approval or command.gives_rights

    def _asked(self, message: Message, named: _Named | None) -> Command | Unknown:
        """What answers a question about a change: the device that it names, else the command."""
        macs = [token for token in message.tokens if token.kind is Kind.MAC]
        if len(macs) == 1:
            return Command("device", {"text": macs[0].text})
        if named and named.alias[-1:] in _NOUNS:  # `did Kim get a new phone?`
            return Command("device", {"text": message.names} if message.names else {})
        start = message.tokens[message.terms[named.start].first].start if named else 0
        return Unknown(message.typed, (message.typed[start:],) if named else ())

    def _if_clear(self, understood: Command, message: Message, named: _Named) -> Command | Unknown:
        """The command, or a question where it acts at once and more is said than it takes."""
        command = self.by_name[understood.verb]
        if not command.acts_at_once:
            return understood
        raw = message.typed[message.tokens[message.terms[named.end - 1].last - 1].end :]
        polite = tokenize(message.typed[: message.tokens[0].start])
        asks = any(match_at(polite, index, _ASKS_PERMISSION)[0] for index in range(len(polite)))
        if command.is_clear(raw) and not asks:
            return understood
        code = find_codes(" ".join(understood.args.values()))[:1]
        return Unknown(message.typed, (" ".join([command.name, *code]),))

    def _command(self, message: Message, named: _Named | None) -> Command | None:
        """The command that is named, with the other tokens as its arguments."""
        if named is None:
            return None
        first, end = message.terms[named.start].first, message.terms[named.end - 1].last
        behind = without_excluded(message.tokens[end:], message.typed)
        rest = without_phrases_around(
            (*self._before(message, first, behind), *behind),
            POLITE_WORDS,
            only_at_end=named.start == message.first,
        )
        raw = message.typed[message.tokens[end - 1].end :].lstrip(" :,")
        return self._with_arguments(named.command, message, rest, named.alias, raw)

    def _before(self, message: Message, first: int, behind: Sequence[Token]) -> tuple[Token, ...]:
        """What is said before the command; not a sentence of its own if the owner stands behind."""
        tokens = message.tokens[:first]
        has_owner = any(
            token.word in PREPOSITIONS or token.kind in (Kind.EMAIL, Kind.MENTION)
            for token in behind
        )
        is_sentence = (
            has_owner
            and bool(tokens)
            and is_break(message.tokens, first, message.typed)
            and all(token.kind is Kind.WORD for token in tokens)
            and tokens[0].word not in PREPOSITIONS
        )
        return () if is_sentence else without_excluded(tokens, message.typed)

    def _claimed(self, message: Message, named: _Named | None) -> Command | None:
        """The command that recognizes itself by what else the message has."""
        alias = named.alias if named else ()
        everything = Arguments(
            message.typed,
            message.tokens,
            alias,
            message.meanings,
            message.typed,
            message.tokens,
        )
        for command in self.commands:
            if command.claims(everything):
                own = {word for name in command.names for word in meanings_of(name)} - ARTICLES
                rest = without_leading_articles(_without_terms(message, own | _VERBS))
                return self._with_arguments(command, message, rest, alias, message.typed)
        return None

    def _with_arguments(
        self,
        command: ChatCommand,
        message: Message,
        tokens: Sequence[Token],
        alias: tuple[str, ...],
        raw: str,
    ) -> Command:
        included = without_excluded(tokens, message.typed)
        arguments = Arguments(message.typed, included, alias, message.meanings, raw, message.tokens)
        return Command(command.name, command.read(arguments))

    def _must_lead(self, command: ChatCommand) -> bool:
        """What cannot be taken back by a card in between must be said first, not in passing."""
        return command.acts_at_once or command.gives_rights

    def _named(self, message: Message) -> _Named | None:
        """Where a command is named: at the beginning, else before a preposition, else anywhere."""
        leading = self._named_at(message.terms, message.first)
        if leading and leading.command.gives_rights and message.has_phone:
            leading = None  # a name: `Grant Hill needs an 8865`
        if leading and leading.alias not in _NOUNS:
            return leading
        best = max(
            self._named_behind(message),
            key=lambda named: (
                named.alias not in _NOUNS,
                named.start < message.preposition,
                len(named.alias),
                -named.start,
            ),
            default=None,
        )
        if leading and best and best.alias not in _NOUNS and self._is_final(message, best):
            return best
        return leading or best

    def _is_final(self, message: Message, named: _Named) -> bool:
        """Whether the verb ends the message: `das Telefon von Erin löschen`."""
        before = message.terms[named.start - 1].meaning
        return named.end == len(message.terms) and before not in PREPOSITIONS

    def _named_behind(self, message: Message) -> Iterator[_Named]:
        for start in range(message.first + 1, len(message.terms)):
            named = self._named_at(message.terms, start)
            if named and not message.is_surname(start):
                yield named

    def _named_at(self, terms: Sequence[Term], start: int) -> _Named | None:
        """The longest alias that begins at this term."""
        if start >= len(terms) or terms[start].kind is not Kind.WORD:
            return None
        for alias, command in self._aliases.get(terms[start].meaning, ()):
            end = alias_end(terms, start, alias)
            if end:
                return _Named(command, alias, start, end)
        return None

    @cached_property
    def _spelling(self) -> spelling.Spelling:
        return spelling.Spelling(
            {
                word
                for command in self._commands_with_arguments
                for alias in command.names
                for word in alias.split()
            }
        )

    def _corrected(self, message: Message) -> Command | Unknown:
        """The command that a misspelt message means, if that is sure and harmless; else guesses."""
        typed, name = message.typed, message.typed if _may_be_name(message.tokens) else ""
        corrections = self._spelling.corrections(typed, message.tokens)
        correction = max(corrections, key=self._words_of_command, default=None)
        word_count = self._words_of_command(correction) if correction else 0
        if correction is None or not word_count:
            return Unknown(typed, (), name)
        parsed = self._read(Message.of(correction.text))
        if not isinstance(parsed, Command):
            return Unknown(typed, (), name)
        is_sure = correction.is_sure or word_count > 1
        if is_sure and not self._must_lead(self.by_name[parsed.verb]):
            return replace(parsed, corrected=True)
        return Unknown(typed, (correction.text,), name)

    def _words_of_command(self, correction: spelling.Correction) -> int:
        """How many words name the command of a corrected text; 0 if it begins with none."""
        message = Message.of(correction.text)
        named = self._named_at(message.terms, message.first)
        return len(named.alias) if named else 0


def _questions_of(command: ChatCommand) -> tuple[str, ...]:
    """`show requests` and `list requests` ask for what `requests` asks for."""
    is_noun = not (command.acts_at_once or command.may_need_approval) and " " not in command.name
    return (f"show {command.name}", f"list {command.name}") if is_noun else ()


def _without_terms(message: Message, meanings: set[str]) -> tuple[Token, ...]:
    """The tokens without those that mean one of these words, and their articles.

    Between a preposition and the last words all is kept: it may be the name of an owner.
    """
    left_out: set[int] = set()
    for position in reversed(range(len(message.terms))):
        term = message.terms[position]
        is_within_name = message.preposition < position < len(message.terms) - 2
        is_meant = term.kind is Kind.WORD and term.meaning in meanings and not is_within_name
        is_article = term.meaning in ARTICLES and term.last in left_out
        if is_meant or is_article:
            left_out.update(range(term.first, term.last))
    return tuple(token for index, token in enumerate(message.tokens) if index not in left_out)


def _may_be_name(tokens: Sequence[Token]) -> bool:
    """Whether this can be the name of a person, a workspace or a device, and nothing else."""
    return 0 < len(tokens) <= MAX_NAME_WORDS and any(
        char.isalnum() for token in tokens for char in token.text
    )
