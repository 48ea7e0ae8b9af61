"""The DECT handsets of an owner: those with the owner's first line, in which networks.

A handset belongs to its first line. Who has only its second line does not decide about it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.core.models.dect import DectNetwork, Handset, same_id
from bot.core.models.webex import Owner
from bot.domain.lookup.dect_networks import described
from bot.domain.operation import Context

T = TypeVar("T")

MAX_READS = 8  # at once: an owner may have handsets in many networks


@dataclass(frozen=True)
class OwnedHandset:
    """A handset, its network, and the owner who was looked for."""

    handset: Handset
    network: DectNetwork
    owner: Owner

    @property
    def is_own(self) -> bool:
        """Whether the owner has its first line."""
        return any(line.is_owner(self.owner) for line in self.handset.lines[:1])

    @property
    def is_uncertain(self) -> bool:
        """Whether Webex does not say whose first line it has."""
        return not self.handset.lines or not self.handset.lines[0].id

    @property
    def holder(self) -> str:
        """The name of who has its first line; empty if Webex does not tell it."""
        return self.handset.lines[0].name if self.handset.lines else ""

    @property
    def second_name(self) -> str:
        """The name of who has its second line; empty if it has one line."""
        return " ".join(line.name or "somebody" for line in self.handset.lines[1:2])

    @property
    def place(self) -> str:
        """Where it is: `Lobby in Lyon`."""
        return described(self.network)

    @property
    def described(self) -> str:
        """`“B. Baker” · Lobby in Lyon · line 2: Ann Archer`."""
        second = f"line 2: {self.second_name}" if self.second_name else ""
        name = f"“{self.handset.shown_name}”" if self.handset.shown_name else "without a name"
        return " · ".join(filter(None, (name, self.place, second)))


async def handsets_of(
    owner: Owner, networks: Sequence[DectNetwork], ctx: Context, *, only: DectNetwork | None = None
) -> list[OwnedHandset]:
    """The handsets in these networks that are or may be the owner's, second lines included.

    `only` is the network that is meant; without it, Webex tells in which ones the owner has some.
    """
    candidates = [only] if only else await _networks_of(owner, networks, ctx)
    slots = asyncio.Semaphore(MAX_READS)

    async def read(network: DectNetwork) -> Sequence[Handset]:
        async with slots:
            return await ctx.calling.dect.handsets(network.ref, member_id=owner.id)

    handsets = await asyncio.gather(*map(read, candidates))
    return [
        OwnedHandset(handset, network, owner)
        for network, of_network in zip(candidates, handsets, strict=True)
        for handset in of_network
    ]


async def _networks_of(
    owner: Owner, networks: Sequence[DectNetwork], ctx: Context
) -> list[DectNetwork]:
    """Those of the networks in which the owner has handsets. Their answer has no locations."""
    member_networks = await ctx.calling.dect.networks_of(owner)
    ids = [network.id for network in member_networks]
    return [
        network
        for network in networks
        if any(same_id(network.id, network_id) for network_id in ids)
    ]
