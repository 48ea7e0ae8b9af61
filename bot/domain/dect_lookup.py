"""Which base stations and handsets are there after an answer was lost or told nothing. Pure.

Nothing answers the id of a new handset, so they are found in the list of their network
(docs/webex/provisioning.md §5 and §10).
"""

from collections import defaultdict
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
    """The handset that was found for one that is requested; None: it is not there.

    `is_doubtful` means that it may be another one, as Webex left out its name or its member: then
    it must not be added again, and a person has to look.
    """

    settings: HandsetSettings
    handset: Handset | None = None
    is_doubtful: bool = False

    @property
    def is_absent(self) -> bool:
        """Whether it is certain that it is not there."""
        return self.handset is None


def find_handsets(requested: Sequence[HandsetSettings], listed: Iterable[Handset]) -> list[Match]:
    """The match for each handset that is requested, in their order. Each listed one is found once.

    Certain matches go first, so that a doubtful one takes no handset from another.
    """
    by_name: dict[str, list[Handset]] = defaultdict(list)  # a network has up to a thousand
    for handset in listed:
        by_name[fold(handset.display_name)].append(handset)
    names = [fold(settings.display_name) for settings in requested]
    matches = dict[int, Match]()
    for fits, is_doubtful in ((_is_theirs, False), (_may_be_theirs, True)):
        for index, settings in enumerate(requested):
            left = [by_name[names[index]], *([by_name[""]] if is_doubtful else [])]
            if index not in matches and (match := _taken_from(left, settings, fits)):
                matches[index] = Match(settings, match, is_doubtful)
    return [matches.get(index, Match(settings)) for index, settings in enumerate(requested)]


def _taken_from(
    left: Iterable[list[Handset]],
    settings: HandsetSettings,
    fits: Callable[[HandsetSettings, Handset], bool],
) -> Handset | None:
    for handsets in left:
        for handset in handsets:
            if fits(settings, handset):
                handsets.remove(handset)
                return handset
    return None


def _is_theirs(settings: HandsetSettings, handset: Handset) -> bool:
    """Whether its first line is that of the member."""
    return any(line.is_member(settings.line1) for line in handset.lines[:1])


def _may_be_theirs(settings: HandsetSettings, handset: Handset) -> bool:
    """Whether nothing that Webex tells of it contradicts."""
    first = handset.lines[0] if handset.lines else None
    return first is None or not first.id or first.is_member(settings.line1)
