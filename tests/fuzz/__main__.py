"""`make fuzz`: atheris feeds every function that reads text from outside, guided by coverage.

An exception that a caller does not expect ends the run; atheris leaves the input in a file beside.
"""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import atheris

with atheris.instrument_imports():
    from bot.chat import events, message_text, reconnect
    from bot.core.errors import ConfigError, Refused, WebexError
    from bot.core.models.mac import (
        find_macs,
        find_near_macs,
        mac_fragment,
        parse_mac,
        show_mac,
    )
    from bot.core.models.text import clean
    from bot.domain import policy_file
    from bot.domain.command_parser import Command
    from bot.domain.file_captions import list_command
    from bot.domain.forms import clean_inputs, read_form
    from bot.domain.labels.codes import Code
    from bot.domain.labels.picture_kinds import picture_kind
    from bot.domain.labels.reading import read_labels
    from bot.domain.language.model_name import read_model_name
    from bot.domain.language.model_text import find_models
    from bot.domain.lists.dect_lines import read_dect_lines
    from bot.domain.lists.reader import read_file, read_pasted
    from bot.domain.photo_captions import fills, owner_alone, photo_wish
    from bot.operations import COMMANDS, OPERATIONS, PARSER
    from bot.webex import responses

ME = "b0b0b0b0-0001-4000-8000-00000000b0b0"
KNOWN = {"id": ME, "objectType": "activity", "actor": {"id": "a11a"}, "target": {"id": "d1d1"}}


def typed(data: atheris.FuzzedDataProvider) -> None:
    """The grammar, of one line and of a whole message, also beside a file."""
    text = _text(data)
    commands = PARSER.parse_all(text)
    list_command(PARSER, commands, text)
    for parsed in (PARSER.parse(text), *commands):
        if isinstance(parsed, Command):
            assert parsed.verb in PARSER.by_name
            assert all(parsed.args.values())


def framed(data: atheris.FuzzedDataProvider) -> None:
    """Whole frames."""
    _heard(events.frame(data.ConsumeBytes(data.remaining_bytes())))


def acted(data: atheris.FuzzedDataProvider) -> None:
    """Activities that are nearly right."""
    verb = data.PickValueInList(["post", "share", "cardAction", "add", "update"])
    field = data.PickValueInList(["id", "actor", "target", "parent", "object"])
    try:
        odd = json.loads(_text(data))
    except (ValueError, RecursionError):
        return
    activity = {**KNOWN, "verb": verb, field: odd}
    _heard({"data": {"eventType": "conversation.activity", "activity": activity}})


def _heard(frame: dict[str, object]) -> None:
    event = events.read(frame, ME)
    if event is not None:
        json.dumps(event.facts(), ensure_ascii=False).encode()
        reconnect.cluster_of({"conv": [{"id": "x"}]}, event.host)


def answered(data: atheris.FuzzedDataProvider) -> None:
    """Answers of Webex, headers and body."""
    status, header = data.ConsumeIntInRange(100, 599), data.ConsumeUnicodeNoSurrogates(40)
    headers = {"retry-after": header, "link": header, "trackingid": header}
    responses.next_page(headers)
    assert responses.retry_after(headers) >= 0
    with suppress(WebexError):
        responses.read(status, headers, data.ConsumeBytes(data.remaining_bytes()))


def spoken(data: atheris.FuzzedDataProvider) -> None:
    """Html of messages, and the moment they were written."""
    html = f'<spark-mention data-object-id="{ME}">Bot</spark-mention>{_text(data)}'
    message_text.spoken_text({"html": html}, frozenset({ME})).shown.encode()
    message_text.sent_at({"created": html[-40:]})


def addressed(data: atheris.FuzzedDataProvider) -> None:
    """MAC addresses, models, and text that is shown."""
    text = _text(data)
    clean(text).encode()
    show_mac(text)
    with suppress(ValueError):
        assert len(parse_mac(text)) == 12
    for find in (find_macs, find_near_macs, find_models):
        assert all(0 <= match.start < match.end <= len(text) for match in find(text))
    read_model_name(text)
    mac_fragment(text)


def filled(data: atheris.FuzzedDataProvider) -> None:
    """Forms of operations: each field is right, or has a sentence that says what is wrong."""
    operation = data.PickValueInList(list(OPERATIONS))
    inputs = {name: _text(data, 60) for name in operation.form.model_fields}
    form = read_form(operation.form, clean_inputs(operation.form, inputs, operation.secrets))
    assert all(isinstance(why, str) and why for why in form.problems.values())


def ruled(data: atheris.FuzzedDataProvider) -> None:
    """Policy files."""
    with suppress(ConfigError):
        policy_file.parse(_text(data), COMMANDS, "policy.toml")


def labelled(data: atheris.FuzzedDataProvider) -> None:
    """Codes of labels with the words beside them, and the first bytes of pictures."""
    text = _text(data, 200)
    codes = [Code(line, index, index) for index, line in enumerate(_text(data).split("\n"))]
    reading = read_labels(codes)
    assert reading.codes <= len(codes)
    commands = PARSER.parse_all(text)
    wish = photo_wish(PARSER, commands, text, reading)
    assert wish is None or wish.command.verb in PARSER.by_name
    assert set(owner_alone(PARSER, commands, text)) <= {"owner", "reason"}
    for operation in OPERATIONS:
        fills(operation.name, {}, reading)
    picture_kind(data.ConsumeBytes(data.remaining_bytes()))


def listed(data: atheris.FuzzedDataProvider) -> None:
    """Lists of phones and of DECT: files, pasted lines, and the lines of two boxes."""
    with suppress(Refused):
        assert read_pasted(_text(data)).rows
    with suppress(Refused):
        read_dect_lines(_text(data), _text(data))
    with suppress(Refused):
        assert read_file(data.ConsumeBytes(data.remaining_bytes())).rows


TARGETS: Sequence[Callable[[atheris.FuzzedDataProvider], None]] = (
    typed, framed, acted, answered, spoken, addressed, filled, ruled, labelled, listed,
)  # fmt: skip


def _text(data: atheris.FuzzedDataProvider, most: int = 4_000) -> str:
    text: str = data.ConsumeUnicode(most)
    return text


def feed(raw: bytes) -> None:
    """The first byte chooses what is fed."""
    data = atheris.FuzzedDataProvider(raw)
    TARGETS[data.ConsumeIntInRange(0, len(TARGETS) - 1)](data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()
