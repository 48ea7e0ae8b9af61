"""The same request in any wording: the same inputs come out, or a question, never other inputs."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.models.mac import find_macs
from bot.core.models.text import fold_loosely
from bot.domain.command_parser import Command, Unknown
from bot.domain.language.synonyms import SYNONYMS
from bot.domain.language.vocabulary import FILLERS
from bot.operations import COMMANDS, PARSER

DIGITS = st.text("0123456789ABCDEF", min_size=12, max_size=12).filter(
    # A MAC of digits only could be cut differently beside a model and an extension.
    lambda digits: not digits[:4].isdigit() and digits != "F" * 12
)
MODELS = st.sampled_from(
    [
        "8865", "an 8865", "Cisco 8865", "a Cisco 8865", "CP-8865-K9", "CP-8865-3PCC-K9=",
        "8865 MPP",
        "Cisco IP Phone 8865", "DMS Cisco 8865", "model 8865", "Model: 8865", "model=8865",
    ]
)  # fmt: skip
OWNERS = st.sampled_from(
    [
        "bob@acme.example", "Bob Keller", "Bob Keller <bob@acme.example>", "Keller, Bob",
        "Bob Keller (bob@acme.example)", "o'brien@acme.example", "mona+desk2@acme.example",
        "Director’s Office", "Büro Süd", "Meeting Room One", "1107", "Lobby Berlin",
        "PEOPLE:Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x",
    ]
)  # fmt: skip
VERBS = st.sampled_from(
    [
        "add phone", "add a phone", "please add a new phone", "Add:", "can you add a phone",
        "could you please add the phone", "new phone", "install a phone", "I'd like a new phone",
        "we need a new phone", "/add phone", "Provbot, add phone", "hey, add a desk phone",
        "neues Telefon", "bitte ein neues Telefon hinzufügen", "ajouter un téléphone",
        "añadir un teléfono", "",
    ]
)  # fmt: skip
PREPOSITIONS = st.sampled_from(["for", "to", "in", "für", "pour", "para", "owner:", "For"])
SEPARATORS = st.sampled_from([" ", ", ", "; ", " | ", "\n", "  ", "\t", ". "])
ENDS = st.sampled_from(
    ["", ".", "!", " please", ", thanks!", " 👍", " asap, thank you", " bitte", " svp"]
)


@st.composite
def written_macs(draw: st.DrawFn, digits: str) -> str:
    """The MAC in one of the forms in which people write it."""
    width = draw(st.sampled_from([2, 4, 6, 12]))
    signs = [":", "-", ".", "–", " : "]
    # Four digits and a blank look like the number of a model.
    signs += [" "] if width != 4 else []
    sign = draw(st.sampled_from(signs)) if width < 12 else ""
    groups = [digits[start : start + width] for start in range(0, 12, width)]
    label = draw(st.sampled_from(["", "MAC: ", "mac=", "SEP", "MAC Addr: "]))
    assume(not (label == "SEP" and sign))
    text = label + sign.join(groups)
    return text.lower() if draw(st.booleans()) and label != "SEP" else text


@st.composite
def sentences(draw: st.DrawFn) -> tuple[str, str, str]:
    """A request in some wording, its MAC and its owner."""
    digits, owner = draw(DIGITS), draw(OWNERS)
    parts = [
        draw(written_macs(digits)),
        draw(MODELS),
        f"{draw(PREPOSITIONS)} {owner}",
    ]
    order = draw(st.permutations(parts))
    separator = draw(SEPARATORS)
    text = " ".join(part for part in (draw(VERBS), separator.join(order)) if part) + draw(ENDS)
    return text, digits, owner


@settings(max_examples=400)
@given(sentences())
def test_every_wording_gives_the_same_inputs(sentence):
    text, digits, owner = sentence
    (parsed,) = PARSER.parse_all(text)
    assert isinstance(parsed, Command), parsed
    assert parsed.verb == "add phone"
    assert {match.digits for match in find_macs(parsed.args["mac"])} == {digits}
    assert "8865" in parsed.args["model"]
    assert fold_loosely(owner) in fold_loosely(parsed.args["owner"])
    assert len(parsed.args["owner"]) <= len(owner) + 2


@given(DIGITS, st.sampled_from(["don't", "do not", "please never", "Please don't ever"]))
def test_what_is_not_to_be_done_is_not_done(digits, negation):
    for verb in ("delete", "remove phone", "add phone", "approve", "cancel"):
        parsed = PARSER.parse(f"{negation} {verb} {digits}")
        assert isinstance(parsed, Unknown), parsed
        assert parsed.negated


@pytest.mark.parametrize(
    "text",
    [
        "add phone D82E3EEF4EA1 8865 for Bob, not for Jack",
        "add phone D82E3EEF4EA1 8865, not for Jack but for Bob",
        "add phone D82E3EEF4EA1 8865 for Bob because Jack left",
        "add phone D82E3EEF4EA1 8865 for Bob instead of Jack",
        "weil Jack weg ist, neues Telefon D82E3EEF4EA1 8865 für Bob",
        "add phone D82E3EEF4EA1 8865 for Bob except Jack",
    ],
)
def test_what_is_excluded_or_only_a_reason_names_nothing(text):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command)
    named = {name: value for name, value in parsed.args.items() if name != "reason"}
    assert named == {"mac": "D8:2E:3E:EF:4E:A1", "model": "8865", "owner": "Bob"}


def misspellings(word: str) -> set[str]:
    """All with one letter left out, doubled or exchanged with its neighbour."""
    left_out = {word[:i] + word[i + 1 :] for i in range(len(word))}
    doubled = {word[: i + 1] + word[i:] for i in range(len(word))}
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return (left_out | doubled | swapped) - {word}


KNOWN = {
    fold_loosely(part)
    for phrase in (
        *(name for command in COMMANDS for name in command.names),
        *(phrase for phrases in SYNONYMS.values() for phrase in phrases),
        *FILLERS,
    )
    for part in phrase.split()
}
NAMES = sorted(
    {(name, command.name) for command in COMMANDS if command.help for name in command.names}
    - {("?", "help")}
)


@pytest.mark.parametrize(("name", "verb"), NAMES)
def test_a_misspelling_is_never_taken_for_another_command(name, verb):
    first, _, behind = name.partition(" ")
    for typo in misspellings(first):
        if fold_loosely(typo) in KNOWN or len(typo) < 2:
            continue
        parsed = PARSER.parse(f"{typo} {behind} 7K3F".replace("  ", " "))
        meant = {parsed.verb} if isinstance(parsed, Command) else guessed(parsed)
        same = {verb, verb + "s", verb.removesuffix("s"), PARSER.by_name[verb].many_of}
        assert meant <= same or is_named_by(behind, *meant)


def guessed(unknown: Unknown) -> set[str]:
    """The commands that are suggested."""
    parsed = (PARSER.parse(guess) for guess in unknown.guesses)
    return {command.verb for command in parsed if isinstance(command, Command)}


def is_named_by(words: str, *verbs: str) -> bool:
    """Whether what follows the misspelt word is the name of such a command by itself."""
    named = PARSER.parse(words) if words else None
    return isinstance(named, Command) and set(verbs) <= {named.verb}


@pytest.mark.parametrize("prefix", ["un", "dis", "de", "non"])
@pytest.mark.parametrize("verb", ["approve", "confirm", "cancel", "grant", "delete", "add phone"])
def test_the_opposite_of_a_command_is_no_misspelling_of_it(prefix, verb):
    parsed = PARSER.parse(f"{prefix}{verb} 7K3F")
    known_opposite = {"disapprove": "reject"}.get(f"{prefix}{verb}")
    if isinstance(parsed, Command):
        assert parsed.verb in (known_opposite, "device", "add phone")
        assert parsed.verb != verb
    else:
        assert parsed.guesses == ()


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (f"{synonym} {noun}".strip(), verb)
        for canonical, noun, verb in [
            ("delete", "phone", "delete device"),
            ("show", "phone", "device"),
            ("list", "phones", "devices"),
            ("add", "phone", "add phone"),
            ("get", "phone", "add phone"),
            ("swap", "phone", "swap phone"),
            ("move", "phone", "move phone"),
        ]
        for synonym in SYNONYMS[canonical]
    ],
)
def test_every_synonym_means_its_command(text, verb):
    parsed = PARSER.parse(text)
    assert isinstance(parsed, Command)
    assert parsed.verb == verb
