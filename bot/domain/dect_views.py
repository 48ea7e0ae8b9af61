"""The cards of DECT networks: a list, one network, its base stations, what may be changed. Pure.

An access code is on a card only where nobody but a person reads who may add handsets there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.dect import BaseStation, DectNetwork, Handset
from bot.core.models.mac import show_mac
from bot.core.models.text import clean
from bot.domain import dect_table
from bot.domain.dect_limits import limits_of
from bot.domain.dect_search import ANYWAY, Matches, Part
from bot.domain.device_table import AS_FILE
from bot.domain.lookup.dect_networks import described
from bot.domain.operation import Caller
from bot.domain.pages import MAX_COMMAND, Page, with_next_page
from bot.domain.pairing_sheet import SEE_CONTROL_HUB, in_order
from cards import answers
from cards.answers import Entry, Section
from cards.parts import Button, say

NETWORKS_ON_PAGE = 4  # each has a button, and one is left for the next page
BASES_BESIDE_HANDSETS, BASES_ON_PAGE, HANDSETS_ON_PAGE = 3, 20, 8
MAX_BUTTONS = 5  # Webex shows no more on a small screen
MAX_TITLE = 28  # characters of a button
SHEET = "dect sheet"
# Who may do one of these may know access codes.
SETS_UP = ("add handset", "set up dect", "create dect network")
# Title, command with its preposition, the permission that it needs, and the style of the button.
CHANGES = (
    ("Remove base", "remove base from network", "remove base", ""),
    ("Remove handset", "remove handset from network", "remove handset", ""),
    ("Rename", "rename dect network", "change dect network", ""),
    ("Access code", "change access code of", "change dect network", ""),
    ("Delete network", "delete dect network", "delete dect network", "destructive"),
)


@dataclass(frozen=True)
class Reader:
    """Who reads a card, and where. `is_private`: nobody else reads there.

    `scope` ends sentences about a search. `anyway`: Webex is asked although the cloud may lack
    DECT, so the buttons ask it as well.
    """

    caller: Caller
    is_private: bool = False
    scope: str = ""
    anyway: bool = False

    def may(self, command: str, network: DectNetwork) -> bool:
        """Whether the person may use the command for this network."""
        return self.caller.may_at(command, network.where)

    def may_pair(self, network: DectNetwork) -> bool:
        """Whether the person may know its access codes."""
        return any(self.may(command, network) for command in SETS_UP)

    def sees_codes(self, network: DectNetwork) -> bool:
        """Whether its access codes may be on the card."""
        return self.is_private and self.may_pair(network)

    def typed(self, *words: str) -> str:
        """A command of this question."""
        return " ".join(filter(None, [*words, ANYWAY if self.anyway else ""]))


@dataclass(frozen=True)
class Contents:
    """What a network has. A list that could not be read is empty, and its `unread` says why."""

    stations: Sequence[BaseStation] = ()
    handsets: Sequence[Handset] = ()
    stations_unread: str = ""
    handsets_unread: str = ""

    @property
    def tells_pairing(self) -> bool:
        """Whether the handsets say which of them are paired."""
        return dect_table.tells_pairing(self.handsets, self.stations)

    def counted(self, network: DectNetwork) -> DectNetwork:
        """The network with the counts of these lists, which are newer or the only ones."""
        lines = sum(len(handset.lines) for handset in self.handsets)
        bases = {"base_stations": len(self.stations)}
        handsets = {"handsets": len(self.handsets), "lines": lines}
        update = ({} if self.stations_unread else bases) | (
            {} if self.handsets_unread else handsets
        )
        return network.model_copy(update=update)


def network_list(
    text: str, matches: Matches, number: int, reader: Reader, command: str = "dect"
) -> AdaptiveCard:
    """A page of networks, each with a button; `command` is what the buttons do with one."""
    page = Page.of(number, NETWORKS_ON_PAGE, len(matches.networks))
    shown = page.rows(matches.networks)
    typed = f"{command} {text}".strip()
    rest = _more(page, typed, reader) or _set_up(reader)
    is_cut = page.total > page.size
    hint = "To narrow the list, type: dect NAME, or: dect LOCATION" if is_cut else ""
    card = answers.entries(
        "Which network?" if command != "dect" else _list_title(text, matches),
        [Entry(network.name or "(no name)", dect_table.network_line(network)) for network in shown],
        end=" ".join(filter(None, [page.note(), hint])),
        buttons=[*_network_buttons(shown, command, reader), *rest][:MAX_BUTTONS],
    )
    return with_next_page(card, page, typed)


def _list_title(text: str, matches: Matches) -> str:
    number = len(matches.networks)
    count = "1 DECT network" if number == 1 else f"{number} DECT networks"
    if matches.location:
        return f"{count} in {matches.location}"
    return f"{count} for “{clean(text, 60)}”" if text else count


def _network_buttons(shown: Sequence[DectNetwork], command: str, reader: Reader) -> list[Button]:
    """One for each network, all with different titles."""
    names = [network.name for network in shown]
    return [
        Button(
            clean(
                network.name if names.count(network.name) == 1 else described(network), MAX_TITLE
            ),
            say(reader.typed(command, network.id)),
        )
        for network in shown
    ]


def no_network(text: str, reader: Reader) -> AdaptiveCard:
    """What can be done where nothing was found."""
    if not text:
        return answers.notice(
            f"There is no DECT network{reader.scope} yet",
            "A DECT network has base stations, and handsets that people carry around.",
            _set_up(reader),
        )
    return answers.notice(
        f"No DECT network for “{clean(text, 60)}”{reader.scope}",
        "Try a part of its name, or its location.",
        [Button("All networks", say(reader.typed("dect"))), *_set_up(reader)],
    )


def network_gone(reader: Reader) -> AdaptiveCard:
    """A button of an old card, or a network that somebody deletes at this moment."""
    return answers.notice(
        "This DECT network does not exist any more",
        "Somebody has deleted it, or it is not in your locations.",
        [Button("All networks", say(reader.typed("dect")))],
    )


def network_card(
    network: DectNetwork, contents: Contents, number: int, reader: Reader
) -> AdaptiveCard:
    """One network with its first base stations, and a page of its handsets."""
    network = contents.counted(network)
    handsets = in_order(contents.handsets)
    page = Page.of(number, HANDSETS_ON_PAGE, len(handsets))
    is_first = page.number == 1
    card = answers.details(
        network.name or "DECT network",
        _facts(network, contents, reader) if is_first else [("Location", network.location)],
        sections=[
            *([_stations_section(network, contents)] if is_first else []),
            _handsets_section(network, contents, page.rows(handsets), page, reader),
        ],
        buttons=_buttons(network, contents, page, reader),
    )
    return with_next_page(card, page, f"dect {described(network)}")


def _facts(network: DectNetwork, contents: Contents, reader: Reader) -> list[tuple[str, str]]:
    return [
        ("Location", network.location),
        ("Model", dect_table.model_of(network)),
        ("Base stations", dect_table.bases_of(network)),
        ("Handsets", dect_table.handsets_of(network)),
        ("Lines", dect_table.lines_of(network)),
        ("Name on handsets", network.display_name),
        ("Access code", _code(network, contents, reader)),
    ]


def _code(network: DectNetwork, contents: Contents, reader: Reader) -> str:
    """The access code for all where it may be seen, else how to get the codes."""
    kind = dect_table.kind_of_code(network)
    if reader.sees_codes(network):
        if network.has_shared_code and network.access_code:
            return f"{network.access_code.get_secret_value()} ({kind})"
        is_told = any(handset.access_code for handset in contents.handsets)
        return kind if is_told or not contents.handsets else f"{kind}, {SEE_CONTROL_HUB}"
    if contents.handsets and reader.may_pair(network):
        return f"{kind}; Pairing sheet sends it to you alone"
    return kind


def _stations_section(network: DectNetwork, contents: Contents) -> Section:
    stations = contents.stations
    hidden_count = len(stations) - BASES_BESIDE_HANDSETS
    end = contents.stations_unread or ("" if stations else "none yet")
    if hidden_count > 0:
        end = f"{hidden_count} more. To see all, type: dect {described(network)} {Part.BASES}"
    return Section("Base stations", _station_rows(stations[:BASES_BESIDE_HANDSETS]), end)


def _station_rows(stations: Sequence[BaseStation]) -> list[Entry]:
    return [
        Entry(show_mac(station.mac) or "(no MAC)", dect_table.base_line(station))
        for station in stations
    ]


def _handsets_section(
    network: DectNetwork,
    contents: Contents,
    shown: Sequence[Handset],
    page: Page,
    reader: Reader,
) -> Section:
    end = contents.handsets_unread or ("" if contents.handsets else "none yet")
    if page.total > page.size:
        end = f"{page.note()} For all as a file, type: dect {described(network)} {AS_FILE}"
    rows = [_handset_row(network, handset, contents, reader) for handset in shown]
    return Section("Handsets", rows, end)


def _handset_row(
    network: DectNetwork, handset: Handset, contents: Contents, reader: Reader
) -> Entry:
    state = dect_table.state_of(handset, is_told=contents.tells_pairing)
    line = dect_table.handset_line(handset, state)
    has_own = handset.access_code and not network.has_shared_code and not handset.is_paired
    if has_own and handset.access_code and reader.sees_codes(network):
        line = f"{line} · access code {handset.access_code.get_secret_value()}"
    return Entry(handset.shown_name or "(no name)", line)


def _buttons(network: DectNetwork, contents: Contents, page: Page, reader: Reader) -> list[Button]:
    """What this person may do next; on later pages, first what leads through the list."""
    own = reader.typed("dect", network.id)
    more = _more(page, f"dect {network.id}", reader)
    changes = [
        *_add_buttons(network, reader),
        *_sheet_button(network, contents, reader),
        *([Button("Change…", _part(network, Part.OPTIONS, reader))]
          if _changes(network, reader) else []),
    ]  # fmt: skip
    as_file = [Button("As file", say(reader.typed("dect", network.id, AS_FILE)))]
    if page.number > 1:
        return [*more, Button("First page", say(own)), *as_file, *changes][:MAX_BUTTONS]
    bases = [Button("Base stations", _part(network, Part.BASES, reader))]
    looks = [
        *(more or [Button("Refresh", say(own))]),
        *(bases if len(contents.stations) > BASES_BESIDE_HANDSETS else []),
        *(as_file if more else []),
        Button("All networks", say(reader.typed("dect"))),
    ]
    return [*changes, *looks][:MAX_BUTTONS]


def _add_buttons(network: DectNetwork, reader: Reader) -> list[Button]:
    """For what the model has room for."""
    limits = limits_of(network.model)
    has_room = {
        "base": not limits or (network.base_stations or 0) < limits.base_stations,
        "handset": not limits or (network.lines or 0) < limits.lines,
    }
    return [
        Button(f"Add {noun}", say(f"add {noun} to {network.id}"))
        for noun, fits in has_room.items()
        if fits and reader.may(f"add {noun}", network)
    ]


def _sheet_button(network: DectNetwork, contents: Contents, reader: Reader) -> list[Button]:
    if not contents.handsets or not reader.may_pair(network):
        return []
    return [Button("Pairing sheet", say(reader.typed(SHEET, network.id)))]


def base_stations_card(
    network: DectNetwork, contents: Contents, number: int, reader: Reader
) -> AdaptiveCard:
    """A page of the base stations."""
    network = contents.counted(network)
    page = Page.of(number, BASES_ON_PAGE, len(contents.stations))
    more = _more(page, f"dect {network.id} {Part.BASES}", reader)
    adds = [button for button in _add_buttons(network, reader) if button.title == "Add base"]
    removes = [
        Button(title, say(f"{command} {network.id}"), style)
        for title, command, _, style in _changes(network, reader)
        if title == "Remove base" and contents.stations
    ]
    back = Button("Network", say(reader.typed("dect", network.id)))
    none = "none yet" if not contents.stations else ""
    card = answers.entries(
        f"Base stations of {network.name}: {dect_table.bases_of(network)}",
        _station_rows(page.rows(contents.stations)),
        subtitle=network.location,
        end=contents.stations_unread or page.note() or none,
        buttons=[*more, *adds, *removes, back],
    )
    return with_next_page(card, page, f"dect {described(network)} {Part.BASES}")


def options_card(network: DectNetwork, reader: Reader) -> AdaptiveCard:
    """What this person may change, apart from adding."""
    changes = _changes(network, reader)
    text = (
        "Each of these shows a plan first."
        if changes
        else "Your role does not allow changes here. A provbot admin can change your role."
    )
    back = [Button("Network", say(reader.typed("dect", network.id)))]
    buttons = [
        Button(title, say(f"{command} {network.id}"), style) for title, command, _, style in changes
    ]
    return answers.notice(f"Change {described(network)}", text, buttons or back)


def _changes(network: DectNetwork, reader: Reader) -> list[tuple[str, str, str, str]]:
    """Those of CHANGES that this person may use, and that have something to remove."""
    empty = {"remove base": network.base_stations == 0, "remove handset": network.handsets == 0}
    return [
        change
        for change in CHANGES
        if reader.may(change[2], network) and not empty.get(change[2], False)
    ]


def _part(network: DectNetwork, part: Part, reader: Reader) -> dict[str, str]:
    return say(reader.typed("dect", network.id, part))


def _more(page: Page, command: str, reader: Reader) -> list[Button]:
    """The button for the next page."""
    following = page.following(clean(command, MAX_COMMAND))
    return [Button("More", say(reader.typed(following)))] if following else []


def _set_up(reader: Reader) -> list[Button]:
    may = reader.caller.may("set up dect")
    return [Button("Set up a network", say("set up dect"))] if may else []
