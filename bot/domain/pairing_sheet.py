"""The pairing sheet of a DECT network: a page to print, with a block for each handset. Pure.

It holds access codes, so it goes to one person's direct message only. The steps at the handset are
those of the Cisco 6823 and 6825 (docs/webex/provisioning.md §5).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape

from bot.core.models.dect import DectNetwork, Handset, HandsetLine, same_id
from bot.core.models.files import FileMessage
from bot.core.models.mac import show_mac
from bot.core.models.text import clean
from bot.domain.dect_limits import known_model
from bot.domain.sheet_page import html_page

CODES_IN_CONTROL_HUB = "Services › Calling › Features › DECT Networks"
SEE_CONTROL_HUB = "see Control Hub"
NO_OWNER = "(no owner)"
# With a code for all, Webex gives a handset that joins the next free line of the network.
NEXT_FREE_LINE = (
    "All handsets of this network have the same access code: a handset that joins takes the next"
    " free line. Pair those that are not paired one after another, in the order of this sheet, and"
    " read the name that each one shows."
)
NOTHING_TO_DO = "This handset is paired: nothing to do."
KEEP_IT = "With these codes, anybody near a base station can join the network: keep them safe."
MAX_LABEL = 40  # characters of the name of a file in front of `-handsets.html`
MAX_TEXT = 6_000  # bytes of a message that stands for a part of the sheet; Webex takes 7,439


def pairing_sheet(
    network: DectNetwork, handsets: Sequence[Handset], *, title: str = "", as_of: str = ""
) -> str:
    """The sheet as an HTML page that needs nothing else: no scripts, no pictures, no addresses.

    `network` and `handsets` are as `ctx.calling.dect.network` and `.handsets` read them when the
    sheet is made, because only they have the access codes: of the network with one code for all
    (`network.access_code`), or of each handset (`handset.access_code`). Without either, a block
    says where to read the code. The handsets appear in the given order; `chosen` picks those of a
    request, `in_order` sorts them. `title` stands for the name of the network in the headline, and
    `as_of` says when the codes were read, in the time of the reader.
    """
    headline = clean(title or network.name) or "DECT network"
    parts = [
        f"<h1>Pair the handsets: {escape(headline)}</h1>",
        f'<p class="network">{escape(_network_line(network, as_of))}</p>',
        *(f'<p class="note">{escape(note)}</p>' for note in _notes(network, handsets)),
        *(_block(network, handset) for handset in handsets),
    ]
    return html_page(f"Handsets of {escape(headline)}", "\n".join(parts))


def sheet_file(
    network: DectNetwork,
    handsets: Sequence[Handset],
    *,
    label: str = "",
    title: str = "",
    as_of: str = "",
) -> FileMessage:
    """The sheet as a file `LABEL-handsets.html`: by default, LABEL is the name of the network.

    For the requester's direct message only. Where Webex takes no file, messages stand for it.
    """
    text = _text(network, handsets, title)
    page = pairing_sheet(network, handsets, title=title, as_of=as_of)
    return FileMessage(
        text=text,
        name=file_name(label or network.name),
        content=page.encode(),
        media_type="text/html",
        instead=tuple(_as_texts(text, network, handsets)),
    )


def file_name(label: str) -> str:
    """`QH4A-handsets.html`, `Buro-Sud-handsets.html`: letters and digits of ASCII, and hyphens."""
    decomposed = unicodedata.normalize("NFKD", label[: MAX_LABEL * 4])
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    words = re.findall(r"[A-Za-z0-9]+", plain)
    name = "-".join(words)[:MAX_LABEL].strip("-") or "dect"
    return f"{name}-handsets.html"


def chosen(
    handsets: Iterable[Handset],
    *,
    handset_ids: Collection[str] = (),
    owner_ids: Collection[str] = (),
) -> list[Handset]:
    """The handsets with one of these ids, or whose first line is one of these owners'."""
    return [
        handset
        for handset in handsets
        if any(same_id(handset.id, own_id) for own_id in handset_ids)
        or any(line.is_member(own_id) for line in handset.lines[:1] for own_id in owner_ids)
    ]


def in_order(handsets: Iterable[Handset]) -> list[Handset]:
    """Those that are not paired first, each group in the order of Webex's own numbers."""
    return sorted(handsets, key=lambda handset: (handset.is_paired, _number(handset)))


def access_code(network: DectNetwork, handset: Handset) -> str:
    """The code that pairs this handset, as far as Webex gives it; else empty. A secret."""
    own, shared = handset.access_code, network.access_code
    if own is not None:
        return own.get_secret_value()
    return shared.get_secret_value() if shared is not None and network.has_shared_code else ""


def owner_of(handset: Handset) -> str:
    """Whose handset it is: the member of its first line."""
    return _name(handset.lines[0]) if handset.lines else NO_OWNER


def line_of(line: HandsetLine) -> str:
    """`Ann Alder · ext. 1234 · +49301234`: a line in words, as far as Webex tells."""
    extension = f"ext. {line.extension}" if line.extension else ""
    return " · ".join(part for part in (_name(line), extension, line.number) if part)


def second_line_of(handset: Handset) -> str:
    """The second line in words; empty if there is none."""
    return line_of(handset.lines[1]) if len(handset.lines) > 1 else ""


def _name(line: HandsetLine) -> str:
    return clean(line.name) or "(name unknown)"


def _number(handset: Handset) -> tuple[int, str]:
    index = handset.index
    return (int(index) if index.isascii() and index.isdecimal() else 10**9, handset.id)


def _network_line(network: DectNetwork, as_of: str) -> str:
    model = known_model(network.model) or network.model
    parts = (network.name, network.location, model, f"as of {as_of}" if as_of else "")
    return " · ".join(clean(part) for part in parts if part)


def _notes(network: DectNetwork, handsets: Sequence[Handset]) -> Iterator[str]:
    codes = [access_code(network, handset) for handset in handsets]
    if any(codes):
        yield KEEP_IT
    if not all(codes):
        yield _codes_missing(network, count=codes.count(""), of=len(codes))
    if network.has_shared_code and not all(handset.is_paired for handset in handsets):
        yield NEXT_FREE_LINE


def _codes_missing(network: DectNetwork, *, count: int, of: int) -> str:
    """Where to read the codes that Webex does not give."""
    which = "the access codes" if count == of else f"{count} of the access codes"
    name = clean(network.name)
    return f"Webex did not give {which}. Read them in Control Hub: {CODES_IN_CONTROL_HUB} › {name}."


def _block(network: DectNetwork, handset: Handset) -> str:
    first = handset.lines[0] if handset.lines else None
    code = access_code(network, handset)
    facts = [
        ("Extension", first.extension if first else ""),
        ("Number", first.number if first else ""),
        ("Line 2", second_line_of(handset)),
        ("Name on the handset", clean(handset.shown_name)),
        ("Access code", code or SEE_CONTROL_HUB),
        ("Paired", _paired(handset)),
    ]
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd{_class_of(name, code)}>{escape(value)}</dd>"
        for name, value in facts
        if value
    )
    return (
        f"<section><h2>{escape(owner_of(handset))}</h2><dl>{rows}</dl>"
        f"{_what_to_do(handset, code)}</section>"
    )


def _what_to_do(handset: Handset, code: str) -> str:
    """The steps at the handset, as HTML."""
    if handset.is_paired:
        return f'<p class="note">{NOTHING_TO_DO}</p>'
    steps = "".join(f"<li>{escape(step)}</li>" for step in steps_at_handset(handset, code))
    return f"<ol>{steps}</ol>"


def _class_of(name: str, code: str) -> str:
    return ' class="code"' if name == "Access code" and code else ""


def _paired(handset: Handset) -> str:
    """Whether it is paired; the code is for pairing it once more."""
    if not handset.is_paired:
        return ""
    return f"yes, MAC {show_mac(handset.mac)}" if handset.mac else "yes"


def steps_at_handset(handset: Handset, code: str = "") -> tuple[str, ...]:
    """What to do at the handset, in sentences; without a code, the reader has it elsewhere."""
    shown = clean(handset.shown_name)
    typed = f"Type the access code {code}" if code else "Type the access code"
    done = f"the handset shows “{shown}”" if shown else "the handset shows its name"
    return (
        "Put in the battery, charge the handset, and hold the red key until the screen lights up.",
        "Stay near a base station of this network that is switched on.",
        "Press the menu key, choose Connectivity, then Register.",
        f"{typed} in the field AC, and press OK.",
        f"It is paired when {done}. Make a call to check it.",
    )


def _text(network: DectNetwork, handsets: Sequence[Handset], title: str) -> str:
    """The message beside the file."""
    number = len(handsets)
    count = "1 handset" if number == 1 else f"{number} handsets"
    name = clean(title or network.name)
    sentences = [f"The pairing sheet of {name}, with {count}. Open the file and print it."]
    codes = [access_code(network, handset) for handset in handsets]
    if any(codes):
        sentences.append(KEEP_IT)
    if not all(codes):
        sentences.append(_codes_missing(network, count=codes.count(""), of=len(codes)))
    return " ".join(sentences)


def _as_texts(text: str, network: DectNetwork, handsets: Iterable[Handset]) -> Iterator[str]:
    """The sheet as messages, with a handset in each line."""
    how = "At each handset: menu key › Connectivity › Register, type the access code, press OK."
    lines = [text, how]
    size = sum(len(line.encode()) + 1 for line in lines)
    for handset in handsets:
        line = _as_line(network, handset)
        length = len(line.encode()) + 1
        if size + length > MAX_TEXT:
            yield "\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += length
    yield "\n".join(lines)


def _as_line(network: DectNetwork, handset: Handset) -> str:
    second = second_line_of(handset)
    parts = (
        line_of(handset.lines[0]) if handset.lines else NO_OWNER,
        f"line 2: {second}" if second else "",
        f"on the handset: {clean(handset.shown_name)}" if handset.shown_name else "",
        f"access code: {access_code(network, handset) or SEE_CONTROL_HUB}",
        "paired" if handset.is_paired else "",
    )
    return " · ".join(part for part in parts if part)
