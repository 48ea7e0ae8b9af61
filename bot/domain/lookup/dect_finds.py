"""What a text finds in DECT that names no network: a base station, or the handsets of an owner."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.errors import WebexError
from bot.core.models.dect import DectNetwork
from bot.core.models.webex import Owner
from bot.domain import fallback
from bot.domain.lookup.owned_handsets import OwnedHandset, handsets_of
from bot.domain.lookup.owner_phrases import read_phrase
from bot.domain.lookup.owner_search import NOBODY, FoundOwners, OwnerSearch
from bot.domain.lookup.owners import completed
from bot.domain.operation import Context


@dataclass(frozen=True)
class FoundHandsets:
    """The owners whom a text names; of one owner, the handsets with a line of that owner.

    `error` says why the handsets could not be read.
    """

    owners: Sequence[Owner] = ()
    handsets: Sequence[OwnedHandset] = ()
    error: WebexError | None = None


async def handsets_named(text: str, networks: Sequence[DectNetwork], ctx: Context) -> FoundHandsets:
    """The handsets of the owner whom a text names. Somebody with a similar name is not meant."""
    if ctx.scoped:  # without its locations, nobody's reach is known
        await fallback.location_names(ctx)
    result = await fallback.read_or_error_briefly(OwnerSearch(ctx).find(read_phrase(text)))
    owners = await completed(_named(result), ctx)
    if len(owners) != 1:
        return FoundHandsets(owners)
    handsets = await fallback.read_or_error_briefly(handsets_of(owners[0], networks, ctx))
    if isinstance(handsets, WebexError):
        return FoundHandsets(owners, error=handsets)
    return FoundHandsets(owners, handsets)


def _named(result: FoundOwners | WebexError) -> FoundOwners:
    """The owners who are named without a typo; nobody if they could not be searched."""
    return NOBODY if isinstance(result, WebexError) or result.misspelt or result.problem else result
