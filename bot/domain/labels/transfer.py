"""What the bot and the process that reads a picture say to each other, as JSON."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from bot.core.errors import Refused
from bot.domain.labels.codes import Code
from bot.domain.labels.limits import PictureLimits
from bot.domain.labels.sentences import NOT_INSTALLED

REFUSED, CODES = "refused", "codes"


def options_of(limits: PictureLimits) -> dict[str, Any]:
    """The limits as JSON can hold them."""
    return {"limits": asdict(limits)}


def find_and_dump(options: Mapping[str, Any], content: bytes) -> bytes:
    """The codes in a picture, or the sentence that says why it cannot be read, as JSON."""
    limits = PictureLimits(**options["limits"])
    try:
        return dump_codes(_find(content, limits))
    except Refused as refusal:
        return json.dumps({REFUSED: str(refusal)}, ensure_ascii=False).encode()


def _find(content: bytes, limits: PictureLimits) -> Sequence[Code]:
    try:
        from bot.domain.labels.finder import WORKING, TimeBudget, find_codes
        from bot.domain.labels.pictures import open_picture
    except ImportError as error:
        raise Refused(NOT_INSTALLED) from error
    picture = open_picture(content, limits, WORKING)
    # To start and to open a large picture takes a part of the time.
    budget = TimeBudget(nothing=limits.seconds - time.process_time())
    return find_codes(picture, budget, partial(open_picture, content, limits))


def dump_codes(codes: Sequence[Code]) -> bytes:
    """The codes with their places."""
    return json.dumps({CODES: [asdict(code) for code in codes]}).encode()


def load_codes(content: bytes) -> list[Code]:
    """The codes; Refused with the sentence that was dumped in their place."""
    value = json.loads(content)
    if REFUSED in value:
        raise Refused(value[REFUSED])
    return [Code(**code) for code in value[CODES]]
