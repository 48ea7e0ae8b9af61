"""Phones that Webex accepted, but does not list: the 9800 series (docs/webex/provisioning.md §6).

provbot knows its own requests, so it can say more than that there is no such device.
"""

import asyncio
from collections.abc import Callable, Collection

from bot.core.errors import WebexError
from bot.core.models.mac import same_mac, show_mac
from bot.core.models.webex import AcceptedPhone
from bot.domain import fallback
from bot.domain.operation import Context

# Webex lists most within minutes, some only after they were plugged in and have loaded their
# software: that may take until the next working day.
EXPECTED_WITHIN = 24 * 3600.0  # seconds
MAX_TOLD = 3  # of one search
NOT_LISTED_YET = (
    "Webex lists phones of the 9800 series a few minutes after they were added, some only later."
    " Until then they can be changed in Control Hub only."
)


async def late_phones(
    ctx: Context, fits: Callable[[AcceptedPhone], bool], listed: Collection[str] = ()
) -> tuple[AcceptedPhone, ...]:
    """The accepted phones that fit and that this person may see, newest first.

    Without those that Webex lists (`listed` are MACs) and those that were deleted since: their MAC
    is free again.
    """
    if ctx.accepted is None:
        return ()
    phones = [
        phone
        for phone in await ctx.accepted.recent()
        if fits(phone)
        and (not ctx.scoped or ctx.reaches(phone.where))
        and not any(same_mac(mac, phone.mac) for mac in listed)
    ][:MAX_TOLD]
    are_there = await asyncio.gather(*(_is_there(phone, ctx) for phone in phones))
    return tuple(phone for phone, is_there in zip(phones, are_there, strict=True) if is_there)


async def _is_there(phone: AcceptedPhone, ctx: Context) -> bool:
    """Whether its MAC is in use, or nobody can tell."""
    state = await fallback.read_or_error_briefly(ctx.calling.mac_state(phone.mac))
    return isinstance(state, WebexError) or not state.available


async def late_phone(mac: str, ctx: Context) -> AcceptedPhone | None:
    """The phone with this MAC, if Webex accepted it lately and does not list it."""
    phones = await late_phones(ctx, lambda phone: same_mac(phone.mac, mac))
    return phones[0] if phones else None


def sentence(phone: AcceptedPhone) -> str:
    """That Webex accepted the phone, and what can be done."""
    name = f"{phone.product} {show_mac(phone.mac)}"
    if phone.age < EXPECTED_WITHIN:
        return (
            f"{name} was accepted {phone.ago} for {phone.owner_name} ({phone.code}); Webex does not"
            " list it yet. Plug it in, and look again later."
        )
    return (
        f"{name} was accepted {phone.ago} for {phone.owner_name} ({phone.code}), but Webex still"
        " does not list it. Please look in Control Hub, under Management › Devices, whether it is"
        " there."
    )


def not_changeable(phone: AcceptedPhone) -> str:
    """Why nothing can be done with the phone here, and where it can."""
    return f"{sentence(phone)} Until then it can be changed in Control Hub only."


async def removal(mac: str, ctx: Context) -> str:
    """That a request removed the phone with this MAC, and how to put it back; empty if none did.

    Also empty for people whose role does not reach its location.
    """
    phone = await ctx.accepted.removed(mac) if ctx.accepted else None
    if phone is None or (ctx.scoped and not all(map(ctx.reaches, phone.locations))):
        return ""
    state = " (partly done)" if phone.is_half_done else ""
    advice = "" if phone.is_undo else f" To put it back, type: undo {phone.code}"
    return f"It was removed by {phone.code}{state}.{advice}"
