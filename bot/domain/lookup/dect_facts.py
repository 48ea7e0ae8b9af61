"""What decides about the rows of a DECT list. Values only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.models.dect import BaseStation, DectNetwork, Handset, LineMember
from bot.core.models.webex import Device, LocationRef, MacState
from bot.domain.dect_limits import Limits
from bot.domain.lookup.row_owners import OwnerFacts


@dataclass(frozen=True)
class DectFacts:
    """What Webex says about a network and about all rows of a list for it.

    `network` is the one that is there, or the one to be created, which has no id. `owners` are
    those of first and second lines. `virtual_lines` are those that fit a text; None: they could
    not be read. `mac_states` has no MAC that was not checked; `holders` are devices with MACs that
    are in use, `base_networks` the other networks that have one. `shown` are the sentences of the
    plan that was shown, by row.
    """

    network: DectNetwork
    owners: OwnerFacts
    reaches: Callable[[LocationRef], bool]
    limits: Limits | None = None  # None: the model is not known
    stations: Sequence[BaseStation] | None = ()  # None: they could not be read
    handsets: Sequence[Handset] = ()
    virtual_lines: Mapping[str, Sequence[LineMember] | None] = field(default_factory=dict)
    mac_states: Mapping[str, MacState] = field(default_factory=dict)
    holders: Mapping[str, Sequence[Device]] = field(default_factory=dict)
    base_networks: Mapping[str, DectNetwork] = field(default_factory=dict)
    is_limited: bool = False  # whether the person may act at some locations only
    locations: Mapping[str, str] = field(default_factory=dict)  # names by id
    shown: Mapping[int, str] = field(default_factory=dict)

    @property
    def base_count(self) -> int | None:
        """How many base stations the network has; None: unknown."""
        return self.network.base_stations if self.stations is None else len(self.stations)

    @property
    def line_count(self) -> int:
        """How many lines its handsets have."""
        return sum(max(len(handset.lines), 1) for handset in self.handsets)
