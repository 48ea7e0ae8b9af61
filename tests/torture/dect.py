"""What people do with DECT networks. Names are said by nobody else, so that each can be told."""

from collections.abc import Sequence

from sandbox.chat_model import File
from sandbox.organization.entities import DectNetwork, Handset
from tests.torture.player import Player
from tests.torture.records import Post
from tests.torture.scenarios import (
    LONG,
    PLACES,
    new_mac,
    owner,
    runs_list,
    runs_long,
    token,
)

COLUMNS = "base mac,owner,line 2,display name"


async def sets_up(player: Player) -> None:
    """A network with base stations and handsets: by the form, or in a file."""
    command = f"set up dect {token()} at {player.dice.choice(PLACES)}"
    rows = [_row(player) for _ in range(player.dice.randint(1, 12))]
    if player.dice.random() < 0.5:
        await _sends_rows(player, f"{command} DBS210", rows)
    else:
        await _fills_boxes(player, command, rows)


async def extends(player: Player) -> None:
    """More base stations or handsets for a network of somebody."""
    network = _network(player)
    if network is None:
        return
    chance = player.dice.random()
    if chance < 0.3:
        plan = await player.asks(f"add base {new_mac()} to {network.name}")
        await runs_long(player, plan)
    elif chance < 0.6:
        rows = [_row(player) for _ in range(player.dice.randint(1, 8))]
        place = player.cloud.organization.locations[network.location_key].name
        await _sends_rows(player, f"set up dect {network.name} at {place}", rows)
    else:
        command = f"add handset for {owner(player)} to {network.name} named {token()}"
        await runs_long(player, await player.asks(command))


async def reduces(player: Player) -> None:
    """A base station, a handset or the whole network goes."""
    network = _network(player)
    if network is None:
        return
    ways = [f"delete dect network {network.name}"]
    ways += [f"remove base {base.mac}" for base in network.base_stations.values()]
    ways += [
        f"remove handset of {first_owner(player, handset)} from {network.name}"
        for handset in network.handsets.values()
    ]
    await runs_long(player, await player.asks(player.dice.choice(ways)))


async def changes_network(player: Player) -> None:
    """A new name, or another access code."""
    network = _network(player)
    if network is None:
        return
    ways = (
        f"rename dect network {network.name} to {token()}",
        f"change access code of {network.name}",
    )
    await runs_long(player, await player.asks(player.dice.choice(ways)))


def first_owner(player: Player, handset: Handset) -> str:
    """The address of the person on line 1."""
    return player.cloud.people[handset.lines[0].key].email


def _network(player: Player) -> DectNetwork | None:
    """A network that was set up in this run; the newest are more interesting."""
    networks = list(player.cloud.organization.dect_networks.values())[-8:]
    named = [network for network in networks if network.name.startswith("zz")]
    return player.dice.choice(named) if named else None


def _row(player: Player) -> tuple[str, str, str, str]:
    """Base station, owner, line 2, name on the handset; now and then something is missing."""
    chance = player.dice.random()
    base = new_mac() if chance < 0.5 else "D82E3E" if chance < 0.55 else ""
    if base and player.dice.random() < 0.3:
        return base, "", "", ""
    who = "nobody@acme.example" if player.dice.random() < 0.1 else owner(player)
    second = owner(player) if player.dice.random() < 0.3 else ""
    return base, who, second, token()


async def _sends_rows(player: Player, command: str, rows: Sequence[tuple[str, ...]]) -> None:
    before = len(player.record.posts)
    text = "\n".join([COLUMNS, *(",".join(row) for row in rows)])
    player.send(command, File("dect.csv", "text/csv", text.encode()))
    post = await player.sees(player.home, before, _is_card, LONG)
    if post is not None and "Continue" in post.buttons:  # what else a new network needs
        post = await _continues(player, post)
    await runs_list(player, post)


async def _fills_boxes(player: Player, command: str, rows: Sequence[tuple[str, ...]]) -> None:
    form = await player.asks(command)
    if form is None or "Continue" not in form.buttons:
        return
    bases = "\n".join(row[0] for row in rows if row[0])
    members = "\n".join("; ".join(row[1:]) for row in rows if row[1])
    inputs = {"model": "DBS210", "bases": bases, "members": members}
    await runs_list(player, await _continues(player, form, **inputs))


async def _continues(player: Player, form: Post, **inputs: str) -> Post | None:
    """The plan; the file with its check comes before it."""
    before = len(player.record.posts)
    player.press(form, "Continue", **inputs)
    return await player.sees(player.home, before, lambda post: "Confirm" in post.buttons)


def _is_card(post: Post) -> bool:
    return bool({"Confirm", "Continue"} & set(post.buttons))
