"""The cards of a base station, and of the handsets of an owner, in whatever network. Pure."""

from collections.abc import Sequence

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import WebexError
from bot.core.models.dect import DectNetwork, Handset
from bot.core.models.mac import show_mac
from bot.core.models.text import clean
from bot.core.models.webex import Owner
from bot.domain import dect_table, error_messages
from bot.domain.dect_views import MAX_BUTTONS, MAX_TITLE, SHEET, Reader
from bot.domain.lookup.base_search import PlacedBase
from bot.domain.lookup.dect_networks import described
from bot.domain.operation import Caller
from cards import answers
from cards.answers import Entry
from cards.parts import Button, say

MAX_SHOWN = 12  # handsets of one owner; more are counted
TO_REPLACE = (
    "A DECT network can have both for a while. To replace this base station, add {new} first, then"
    " remove this one."
)


def look_button(text: str, caller: Caller) -> list[Button]:
    """A button that looks for a MAC or an owner in DECT, where no device was found."""
    return [Button("Look in DECT", say(f"dect {text}"))] if caller.may("dect") else []


def base_card(placed: PlacedBase, new_mac: str, reader: Reader) -> AdaptiveCard:
    """A base station and its network. `new_mac` is of one that is to take its place; may be empty.

    Webex has no call that replaces a base station.
    """
    network, mac = placed.network, show_mac(placed.station.mac)
    added = f"{show_mac(new_mac)} " if new_mac else ""
    may = {verb: reader.may(f"{verb} base", network) for verb in ("add", "remove")}
    buttons = [
        Button("Network", say(reader.typed("dect", network.id))),
        *([Button("Add base", say(f"add base {added}to {network.id}"))] if may["add"] else []),
        *(
            [Button("Remove base", say(f"remove base {mac} from network {network.id}"))]
            if may["remove"]
            else []
        ),
    ]
    return answers.details(
        f"Base station {mac}",
        [
            ("DECT network", network.name),
            ("Location", network.location),
            ("State", dect_table.base_line(placed.station)),
            ("Others there", str(placed.others)),
        ],
        notes=[TO_REPLACE.format(new=show_mac(new_mac))] if new_mac else [],
        buttons=buttons,
    )


def no_base(mac: str, errors: Sequence[WebexError], reader: Reader) -> AdaptiveCard:
    """That no network has it is true only if all of them could be read."""
    shown = show_mac(mac)
    networks = Button("All networks", say(reader.typed("dect")))
    device = Button("Device", say(f"device {shown}"))
    if errors:
        return answers.notice(
            f"{shown} could not be looked up in all DECT networks",
            f"{error_messages.for_person(errors[0])} Please try again later.",
            [Button("Try again", say(reader.typed("dect", shown))), networks],
        )
    may_add = reader.caller.may("add base")
    add = [Button("Add base", say(f"add base {shown}"))] if may_add else []
    return answers.notice(
        f"No DECT network has the base station {shown}{reader.scope}",
        "Please check the MAC. A desk phone is no base station: Device looks for one.",
        [*add, device, networks],
    )


def owners_card(text: str, owners: Sequence[Owner], reader: Reader, command: str) -> AdaptiveCard:
    """The owners of a name, to choose whose handsets are meant."""
    titles = [clean(owner.email or owner.name, MAX_TITLE) for owner in owners]
    return answers.entries(
        f"Whose handsets? {len(owners)} match “{clean(text, 60)}”",
        [Entry(owner.name, " · ".join(filter(None, (owner.email, owner.location))))
         for owner in owners],
        buttons=[
            Button(title, say(reader.typed(command, owner.key)))
            for title, owner in zip(titles, owners, strict=True)
        ][:MAX_BUTTONS],
    )  # fmt: skip


def no_handset(owner: Owner, error: WebexError | None, reader: Reader) -> AdaptiveCard:
    """That somebody has none, or why that could not be read."""
    whom = owner.email or owner.name
    devices = Button("Devices", say(f"devices {whom}"))
    networks = Button("All networks", say(reader.typed("dect")))
    if error:
        return answers.notice(
            f"The DECT handsets of {owner.name} could not be read",
            f"{error_messages.for_person(error)} Please try again later.",
            [Button("Try again", say(reader.typed("dect", owner.key))), networks],
        )
    may_add = reader.caller.may("add handset")
    add = [Button("Add handset", say(f"add handset for {whom}"))] if may_add else []
    return answers.notice(
        f"{owner.name} has no DECT handset{reader.scope}",
        "Devices shows the desk phones.",
        [*add, devices, networks],
    )


def handsets_card(
    owner_name: str, placed: Sequence[tuple[DectNetwork, Handset]], reader: Reader
) -> AdaptiveCard:
    """The handsets of an owner with their networks, and a button for the sheet of each network."""
    count = len(placed)
    networks = list({network.id: network for network, _ in placed}.values())
    name = clean(owner_name, 60)
    return answers.entries(
        f"{name}: {'1 DECT handset' if count == 1 else f'{count} DECT handsets'}",
        [_row(network, handset) for network, handset in placed[:MAX_SHOWN]],
        end=f"{count - MAX_SHOWN} more." if count > MAX_SHOWN else "",
        buttons=[
            button for network in networks for button in _buttons(network, name, networks, reader)
        ][:MAX_BUTTONS],
    )


def _row(network: DectNetwork, handset: Handset) -> Entry:
    # Only all handsets of a network and its base stations tell that one is not paired.
    line = dect_table.handset_line(handset, dect_table.state_of(handset, is_told=False))
    parts = (described(network), line)
    return Entry(handset.shown_name or "(no name)", " · ".join(filter(None, parts)))


def _buttons(
    network: DectNetwork, owner_name: str, networks: Sequence[DectNetwork], reader: Reader
) -> list[Button]:
    """What can be done with the handsets of one network; the titles of several networks differ."""
    is_one = len(networks) == 1
    named = [Button(clean(described(network), MAX_TITLE), say(reader.typed("dect", network.id)))]
    if not is_one:
        sheet = Button(
            clean(f"Sheet: {described(network)}", MAX_TITLE),
            say(reader.typed(SHEET, network.id, "for", owner_name)),
        )
        return [*named, *([sheet] if reader.may_pair(network) else [])]
    sheet = Button("Pairing sheet", say(reader.typed(SHEET, network.id, "for", owner_name)))
    return [*([sheet] if reader.may_pair(network) else []), *named]
