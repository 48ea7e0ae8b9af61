"""Phones of our requests that Webex does not list, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.models.webex import AcceptedPhone, RemovedPhone
from bot.domain.ports import AcceptedPhones
from tests.example_org import ANN


def accepted(mac: str) -> AcceptedPhone:
    """A phone of Ann's."""
    return AcceptedPhone(
        code="QH4A",
        age=300.0,
        ago="5 minutes ago",
        mac=mac,
        product="Cisco 9861",
        owner=ANN.key,
        owner_name=ANN.name,
        location=ANN.location,
        location_id=ANN.location_id or "",
    )


@dataclass(frozen=True)
class FakeAccepted:
    """`removals` are by MAC."""

    phones: tuple[AcceptedPhone, ...] = ()
    removals: Mapping[str, RemovedPhone] = field(default_factory=dict)

    async def recent(self) -> Sequence[AcceptedPhone]:
        """All of them."""
        return self.phones

    async def removed(self, mac: str) -> RemovedPhone | None:
        """By MAC."""
        return self.removals.get(mac)


def _fits(fake: FakeAccepted) -> AcceptedPhones:
    return fake
