"""Finds the names of phone models in text: product ids, Cisco's long names, other makers. Pure.

A model is known by its number. The rules say what a number of a model looks like and what may stand
around it; whether the organization has such a model is for its list to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.models.mac_text import PlainText, scan

OTHER_MAKERS = (
    "2N", "AASTRA", "ALCATEL", "ALGO", "ASCOM", "AUDIOCODES", "AVAYA", "AXIS", "CYBERDATA",
    "FANVIL", "GIGASET", "GRANDSTREAM", "HTEK", "IMAGICLE", "KONFTEL", "MITEL", "NOKIA",
    "PANASONIC", "POLYCOM", "POLY", "SINGLEWIRE", "SNOM", "SPECTRALINK", "UNIFY", "VALCOM",
    "VTECH", "YEALINK",
)  # fmt: skip
# With a number behind, these name a phone of their maker: VVX 450, EE400, GXP2170, T54W.
OTHER_FAMILIES = (
    "CCX", "EE", "GRP", "GXP", "GXV", "HT", "MP", "OBI", "ROVE", "SOUNDPOINT IP",
    "SOUNDSTATION IP", "SSIP", "TRIO", "VVX", "WP",
)  # fmt: skip
# Words that makers put into the names of their phones.
_NAME_WORDS = (
    "ATA|BUSINESS|DECT|DESK|EDGE|IP|MEDIA|PHONE|SIP|SOUNDPOINT|SOUNDSTATION|TRIO|CCX|VVX|ROVE"
)

_BEGIN = r"(?:(?<![A-Z0-9@.+#_\-])|(?<=MODEL #)|(?<=MODEL#))"
_END = r"(?![A-Z0-9@]|[.:_]\w)"
# What follows the number of a product id: region, firmware, encryption, spare part.
_SIGNS = (
    r"(?:K9)?(?:-(?:(?=[A-Z0-9]*[A-Z])[A-Z0-9]{1,4}|[A-Z0-9]{1,6}K9)(?![A-Z0-9])){0,5}(?:\+\+)?=?"
)
# What follows the number of a name. `phone` alone is left: it is what is to be added.
_REST = (
    r"(?:[ (,\-]{1,3}(?:WITH |MIT |AVEC |CON )?"
    r"(?:MPP|3PCC|NR|WI-?FI|MULTI-?PLATFORM)(?: (?:FIRMWARE|PHONE))?\)?){0,2}"
    r"(?:(?: (?:IP|VIDEO|CONFERENCE|DESK|WIRELESS|WALL)){1,3} PHONE"
    r"|(?: ANALOGU?E?)?(?: TELEPHONE)? ADAPT[EO]R|(?: DECT)? HANDSET| ATA| [A-Z]{1,2}-KEM)?"
)
_FIRST_WORD = "CISCO|DMS|WEBEX|UNIFIED|IP|SIP|DECT|VIDEO|CONFERENCE|WIRELESS|MPP|MULTI-?PLATFORM"
_NEXT_WORD = (
    f"{_FIRST_WORD}|PHONE|DESK|BUSINESS|ANALOG|ANALOGUE|TELEPHONE|ADAPT[EO]R|HANDSET|MODEL"
    r"|[6-9][89]00 SERIES"
)
_LEAD = rf"(?:(?:{_FIRST_WORD})[ \-]{{1,2}}(?:(?:{_NEXT_WORD})[ \-]{{1,2}}){{0,5}})"
# Cisco's desk phones have 68, 69, 78, 79, 88, 89, 98 or 99 and two digits: years and most
# extensions look different.
_DESK_PHONE = r"[6-9][89]\d\d(?! SERIES)"
_CISCO = (
    rf"{_LEAD}?(?:(?:CP|DP|SPA|VG)[ \-]?\d{{3,4}}|WP[ \-]?98\d\d|ATA[ \-]?\d{{3}}"
    rf"|(?:CISCO)?{_DESK_PHONE})[A-Z]{{0,3}}{_SIGNS}{_REST}"
)
_CISCO_NAMED = rf"(?=CISCO|DMS|WEBEX){_LEAD}\d{{3,4}}[A-Z]{{0,2}}{_SIGNS}{_REST}"
_DECT_BASE = (
    rf"{_LEAD}?(?:DBS[ \-]?\d{{2,3}}{_SIGNS}|(?:IP )?DECT (?:BASE )?(?:STATION )?\d{{3}})"
    r"(?: BASE)?(?: STATION)?"
)
_ROOM_DEVICE = (
    r"(?:(?:CISCO|WEBEX|SPARK)[ \-])*"
    r"(?:ROOM[ \-](?:KIT|BAR|NAVIGATOR)(?:[ \-](?:MINI|PLUS|PRO|EQ|EQX))?"
    r"|(?:DESK|BOARD)[ \-]?(?:PRO|MINI|HUB|CAMERA)(?: ?\d\d)?(?: G2)?"
    r"|CODEC[ \-](?:PRO|PLUS|EQ)"
    r"|(?:(?<=CISCO )|(?<=WEBEX )|(?<=SPARK ))"
    r"(?:(?:ROOM|BOARD|DESK) ?\d\dS?(?: ?G2)?(?: DUAL)?(?!\d)"
    r"|(?:BOARD|DESK)(?! PHONE| [6-9][89]\d\d))"
    r"|[DSM]X[ \-]?\d0{1,2}(?![0-9])|CS-[A-Z0-9]{2,10}(?:-[A-Z0-9]{1,6}){0,4}(?:\+\+)?=?)"
)
_NUMBER = r"(?:[A-Z]{1,4}-?)?\d{2,4}[A-Z]{0,2}"
# `Axis` or `Poly` alone may be a part of any name, a 2N is a 2N.
_SURE_MAKER = "2N|AUDIOCODES|GRANDSTREAM|IMAGICLE|POLYCOM|SNOM|YEALINK"
_OTHER_MAKER = (
    rf"(?:DMS )?(?:{'|'.join(OTHER_MAKERS)})(?: INFORMACAST)?(?:[ \-](?:{_NAME_WORDS})){{0,3}}"
    rf"(?:(?:[ \-]{_NUMBER}(?![A-Z0-9]))(?: CUSTOMER[ \-]MANAGED)?| CUSTOMER[ \-]MANAGED"
    rf"|(?<=VVX)|(?<=CCX)|(?<=TRIO)|(?<=ROVE))|(?:{_SURE_MAKER})"
)
_OTHER_FAMILY = (
    # Two letters and two digits look like the code of a request.
    r"(?![A-Z]{2}\d{2}(?![A-Z0-9]))"
    rf"(?:(?:{'|'.join(OTHER_FAMILIES)})(?:\d{{2}}|[ \-]?\d{{3,4}})"
    r"|TRIO C60|EDGE E\d{3}|(?:SIP-)?T[2-5]\d(?=[A-Z]))[A-Z]{0,2}"
)
_GENERIC = (
    r"GENERIC (?:IP|SIP)(?: ?PHONE| DEVICE| GATEWAY)?(?: CUSTOMER[ \-]MANAGED)?"
    r"|(?:[A-Z0-9]{2,20} )?CUSTOMER[ \-]MANAGED(?: (?:DEVICE|PHONE))?"
    rf"|DMS [A-Z]{{2,20}} {_NUMBER}"
)
_MODEL = re.compile(
    rf"{_BEGIN}(?:{_GENERIC}|{_OTHER_MAKER}|{_DECT_BASE}|{_CISCO}|{_CISCO_NAMED}"
    rf"|{_OTHER_FAMILY}|{_ROOM_DEVICE}){_END}"
)
# What says in front of a number that it is not a model's.
_OTHER_NUMBER = re.compile(
    r"(?:\b(?:EXT|EXTENSION|X|NST|DURCHWAHL|POSTE|INTERNO|ACCESS CODE|PIN)\.?[: ]{1,2}"
    r"|\+[\d ()/.\-]+)\Z"
)
_LONGEST_PHONE_NUMBER = 24  # characters


ROOM_DEVICE = re.compile(rf"{_BEGIN}{_ROOM_DEVICE}{_END}")
# Any of them. In a search these words may be a part of a name: `Meeting Room`.
ANY_ROOM_DEVICE = re.compile(
    rf"{_BEGIN}(?:(?:ROOM|BOARD|DESK|VIDEO|COLLAB(?:ORATION)?|ROOM ?OS)[ \-]"
    rf"(?:DEVICE|SYSTEM|ENDPOINT)|RAUM(?:GER[ÄA]T|SYSTEM)){_END}"
)


@dataclass(frozen=True)
class ModelMatch:
    """The name of a model in a text: where it stands, and the name as it was typed."""

    start: int
    end: int
    text: str


def find_models(text: str) -> list[ModelMatch]:
    """Every text that looks like a model's name, in order, with what belongs to the name."""
    plain = PlainText.of(text)
    spans = [
        (plain.positions[start], plain.positions[end - 1] + 1)
        for start, end in _spans(without_macs(plain.text))
    ]
    return [ModelMatch(start, end, text[start:end]) for start, end in spans]


def without_macs(text: str) -> str:
    """A plain text with its MACs blanked out: `6841` may be a group of one."""
    blanked, position = "", 0
    for start, end, _ in scan(text)[1]:
        blanked += text[position:start] + "\0" * (end - start)
        position = end
    return blanked + text[position:]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for match in _MODEL.finditer(text):
        start = match.start()
        before = text[max(0, start - _LONGEST_PHONE_NUMBER) : start]
        if not (match.group().isdigit() and _OTHER_NUMBER.search(before)):
            yield match.span()
