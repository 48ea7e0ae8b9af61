"""Which base stations and handsets are there after an answer was lost or told nothing. Pure.

Nothing answers the id of a new handset, so they are found in the list of their network
(docs/webex/provisioning.md §5 and §10).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.core.models.dect import BaseStation, Handset, HandsetSettings
from bot.core.models.mac import bare_mac
from bot.core.models.text import fold


def missing_macs(macs: Iterable[str], stations: Iterable[BaseStation]) -> list[str]:
    """Those of the MACs that no base station of the network has, in their order."""
    there = {bare_mac(station.mac) for station in stations}
    return [mac for mac in macs if bare_mac(mac) not in there]


@dataclass(frozen=True)
class Match:
    """The handset that was found for one that is wanted; None: it is not there.

    `is_doubtful` means that it may be another one, as Webex left out its name or its member: then
    it must not be added again, and a person has to look.
    """

    wanted: HandsetSettings
    handset: Handset | None = None
    is_doubtful: bool = False

    @property
    def is_absent(self) -> bool:
        """Whether it is certain that it is not there."""
        return self.handset is None

    @property
    def lacks_second_line(self) -> bool:
        """Whether it is there, and its second line is still to be set."""
        if self.handset is None or self.wanted.line2 is None:
            return False
        return not any(line.is_member(self.wanted.line2) for line in self.handset.lines[1:])


def find_handsets(wanted: Sequence[HandsetSettings], listed: Iterable[Handset]) -> list[Match]:
    """The match for each handset that is wanted, in their order. Each listed one is found once.

    Certain matches go first, so that a doubtful one takes no handset from another.
    """
    left, found = [*listed], dict[int, Match]()
    for fits, is_doubtful in ((_is, False), (_may_be, True)):
        for index, settings in enumerate(wanted):
            if index not in found and (handset := _taken_from(left, settings, fits)):
                found[index] = Match(settings, handset, is_doubtful)
    return [found.get(index, Match(settings)) for index, settings in enumerate(wanted)]


def _taken_from(
    left: list[Handset],
    settings: HandsetSettings,
    fits: Callable[[HandsetSettings, Handset], bool],
) -> Handset | None:
    handset = next((each for each in left if fits(settings, each)), None)
    if handset is not None:
        left.remove(handset)
    return handset


def _is(settings: HandsetSettings, handset: Handset) -> bool:
    is_named = fold(handset.display_name) == fold(settings.display_name)
    return is_named and any(line.is_member(settings.line1) for line in handset.lines[:1])


def _may_be(settings: HandsetSettings, handset: Handset) -> bool:
    """Whether nothing that Webex tells of it contradicts."""
    name = fold(handset.display_name)
    first = handset.lines[0] if handset.lines else None
    may_be_named = name in ("", fold(settings.display_name))
    return may_be_named and (first is None or not first.id or first.is_member(settings.line1))
