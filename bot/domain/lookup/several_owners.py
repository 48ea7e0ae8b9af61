"""Several owners in one text: `Bob Baker and ann@example.com`."""

import asyncio
import re
from dataclasses import replace

from bot.core.models.webex import Owner
from bot.domain.forms import ParsedForm
from bot.domain.lookup.owner_phrases import read_phrase
from bot.domain.lookup.owner_search import OwnerSearch
from bot.domain.lookup.owners import find_owner
from bot.domain.operation import Context

MAX_OWNERS = 20  # in one text; each costs a search
MAX_READS = 4  # owners that are looked up at once
_SEPARATORS = re.compile(r"\s*[,;\n&+]\s*|\s+(?:and|und|et|y)\s+", re.IGNORECASE)


async def find_owners(form: ParsedForm, ctx: Context) -> list[Owner]:
    """The owners that the field `owner` means, each once; an error if one of them is not clear.

    One owner may be called `Research and Development`, so the whole text is tried first.
    """
    text = form.values.get("owner") or ""
    parts = _parts(text)
    if len(parts) < 2 or not await _are_several(text, parts, ctx):
        owner = await find_owner(form, ctx)
        return [owner] if owner else []
    if len(parts) > MAX_OWNERS:
        form.add_error(
            "owner", f"You named {len(parts)} owners. Please name up to {MAX_OWNERS} at once."
        )
        return []
    return await _each(form, parts, ctx)


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, _SEPARATORS.split(text)) if part]


async def _are_several(text: str, parts: list[str], ctx: Context) -> bool:
    """Whether the parts are owners of their own: not if all of it is the name of one."""
    phrases = [read_phrase(part) for part in parts]
    if all(phrase.keys or phrase.emails for phrase in phrases):
        return True
    result = await OwnerSearch(ctx).find(read_phrase(text))
    return not result.sure


async def _each(form: ParsedForm, parts: list[str], ctx: Context) -> list[Owner]:
    slots = asyncio.Semaphore(MAX_READS)
    alone = replace(ctx, shown=None)  # the shown plan is about all of them

    async def find(part: str) -> tuple[ParsedForm, Owner | None]:
        own = ParsedForm({"owner": part})
        async with slots:
            return own, await find_owner(own, alone)

    read = await asyncio.gather(*map(find, parts))
    for own, _ in read:
        for name, sentence in own.unread.items():
            form.unread.setdefault(name, sentence)
    problems = [_unclear(own) for own, owner in read if owner is None]
    if problems:
        form.add_error("owner", " ".join(problems))
    return [*{owner.key: owner for _, owner in read if owner}.values()]


def _unclear(own: ParsedForm) -> str:
    """Why one of them is not clear. A choice is about one owner, so its titles are told."""
    sentence = own.problems.get("owner", "")
    titles = [choice.title for choice in own.choices.get("owner", ())[:-1]]
    return f"{sentence} It may be: {'; '.join(titles)}." if titles else sentence
