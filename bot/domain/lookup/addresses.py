"""Who has an email address: the name for a plan, and warnings about an address that is doubtful.

A role can be given to any address: the account may be created later, or not be listed in this
cloud. So nothing here stops a plan, or makes it wait long.
"""

import asyncio
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.core.errors import Refused, WebexError
from bot.core.models.text import join_words
from bot.core.models.webex import OwnerKind
from bot.domain.lookup.owner_phrases import read_phrase
from bot.domain.lookup.owner_search import OwnerSearch
from bot.domain.lookup.owners import completed
from bot.domain.operation import Context
from bot.webex.rate_limiter import short_wait

UNKNOWN = "Webex does not know anybody with the address {email}. It may be a typing mistake. {hint}"
FOREIGN = "{email} is in another organization than this bot."
CHECK_SPELLING = "Please check the spelling."
LOOK_UP_TIMEOUT = 5.0  # seconds for the look-up of an address, and again for those near it
MAX_NEAR = 3  # addresses that are proposed
MAX_TYPOS = 2  # letters in which a near address differs


@dataclass(frozen=True)
class Holder:
    """The person with an address: the name, empty if it is not known, and warnings."""

    name: str = ""
    warnings: tuple[str, ...] = ()


async def look_up_holder(
    email: str, ctx: Context, *, time_limit: float = LOOK_UP_TIMEOUT
) -> Holder:
    """The person with this address, as far as Webex tells within a few seconds."""
    if ctx.accounts is None:
        return Holder()
    try:
        with short_wait():
            async with asyncio.timeout(time_limit):
                account = await ctx.accounts.account_at(email)
    except (WebexError, Refused, TimeoutError):
        return Holder(
            warnings=(f"Webex did not say whose address {email} is. Please check the spelling.",)
        )
    if account is None:
        return Holder(warnings=(await _unknown(email, ctx),))
    if ctx.accounts.is_ours(account):
        return Holder(account.name)
    return Holder(account.name, (FOREIGN.format(email=email),))


async def _unknown(email: str, ctx: Context) -> str:
    near = await _near_addresses(email, ctx)
    hint = f"Did you mean {join_words(near)}?" if near else CHECK_SPELLING
    return UNKNOWN.format(email=email, hint=hint)


async def _near_addresses(email: str, ctx: Context) -> list[str]:
    """Addresses in the organization of a person with that name, or a letter or two away.

    None if the search fails or takes long.
    """
    login = email.partition("@")[0]
    try:
        with short_wait():
            async with asyncio.timeout(LOOK_UP_TIMEOUT):
                result = await OwnerSearch(ctx).find(read_phrase(login.replace(".", " ")))
                owners = await completed(result, ctx)
    except (WebexError, Refused, TimeoutError):
        return []
    addresses = [owner.email for owner in owners if owner.kind is OwnerKind.PERSON and owner.email]
    near = [
        address
        for address in addresses
        if result.sure or OSA.distance(address, email, score_cutoff=MAX_TYPOS) <= MAX_TYPOS
    ]
    return near[:MAX_NEAR]
