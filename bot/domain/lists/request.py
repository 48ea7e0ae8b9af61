"""What another process is asked to read, and its answer."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from bot.core.errors import Refused
from bot.domain.lists.column_names import Field
from bot.domain.lists.reader import read_file
from bot.domain.lists.sheet import Limits
from bot.domain.lists.transfer import dump_list, dump_refusal


def options_of(limits: Limits, required: Collection[Field], model: str) -> dict[str, Any]:
    """The arguments of `read_file` as JSON can hold them."""
    return {"limits": asdict(limits), "required": sorted(required), "model": model}


def read_request(options: Mapping[str, Any], content: bytes) -> bytes:
    """The list in a file, or the sentence that says why there is none, as JSON."""
    limits = Limits(**options["limits"])
    required = frozenset(map(Field, options["required"]))
    try:
        return dump_list(read_file(content, limits, required=required, model=options["model"]))
    except Refused as refusal:
        return dump_refusal(str(refusal))
