"""The built-in policy, cell by cell, to the very end: what was refused, asked for, or done."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import approving, give, heard, networks
from tests.journeys.dect_networks import placed_base, placed_handset, placed_network
from tests.journeys.world import ADA, ANA, ELI, TOM, VERA, Json, World
from tests.policy_table import CHANGES

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHO = {"viewer": VERA, "technician": TOM, "engineer": ELI, "approver": ANA, "admin": ADA}
DO, ASK, DENY = "do", "ask", "deny"
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "help": dict.fromkeys(WHO, "What I can do"),
    "whoami": dict.fromkeys(WHO, "Roles"),
    "requests": dict.fromkeys(WHO, "requests"),
    "devices": dict.fromkeys(WHO, "devices") | {"approver": "does not allow"},
    "device 001122334455": dict.fromkeys(WHO, "Erin") | {"approver": "does not allow"},
    "followed": dict.fromkeys(WHO, "waiting to register") | {"approver": "does not allow"},
    "access": dict.fromkeys(WHO, "does not allow") | {"admin": "Who may do what"},
    "audit": dict.fromkeys(WHO, "does not allow") | {"admin": "Audit trail"},
}
CELLS = [(command, role, row.get(role, DENY)) for command, row in CHANGES.items() for role in WHO]
MACS = {cell[:2]: f"D82E3EEF{0x7100 + number:04X}" for number, cell in enumerate(CELLS)}
NEW_MACS = {role: f"D82E3EEF{0x7200 + number:04X}" for number, role in enumerate(WHO)}  # of swaps
OWNERS = {
    "technician": "jack",
    "engineer": "kim",
    "admin": "omar",
    "viewer": "bob",
    "approver": "bob",
}
HANDSET_OWNERS = {**OWNERS, "admin": "lena"}  # who have no handset yet
FOR_A_PHONE = {
    "tag", "tag devices", "apply changes", "move phone", "delete device", "delete devices",
}  # fmt: skip
LIST_OWNERS = {  # others than those who get a code by themselves
    "technician": "lena",
    "engineer": "erin",
    "admin": "hugo",
    "viewer": "carol",
    "approver": "carol",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With the built-in policy."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, PROVBOT_DECT_SPACING="0") as world:
        yield world


async def typed(world: World, operation: str, role: str) -> str:
    """A whole command, and what must be there before it."""
    mac, owner = MACS[operation, role], f"{OWNERS[role]}@acme.example"
    if operation == "swap phone":
        await world.client.place_phone(mac, "DMS Cisco 8865", workspace="Meeting Room South")
    if operation in FOR_A_PHONE:
        await world.client.place_phone(mac, "DMS Cisco 8865", workspace="Reception Austin")
    if operation in ("remove base", "remove handset", "change dect network", "delete dect network"):
        network = placed_network(world, network_name(operation, role))
        placed_base(world, network, mac)
        placed_handset(world, network, role, owner)
    if operation == "approval space":
        world.write("insert into approval_space (id, room_id, title) values (1, 'gone', 'Old')")
    if operation == "revoke":
        give(world, f"{role}@old.example", "viewer")
    return {
        "add phone": f"add phone {mac} 8865 for {owner}",
        "add phones": f"add phones\n{mac} 8865 {owner}",
        "activation code": f"activation code 8865 for {owner}",
        "activation codes": f"activation codes 8865\n{LIST_OWNERS[role]}@acme.example",
        "tag": f"tag {mac} +{role}",
        "tag devices": f"tag devices +{role}\n{mac}",
        "apply changes": f"apply changes to {mac}",
        "swap phone": f"swap {mac} with {NEW_MACS[role]}",
        "move phone": f"move {mac} to {owner}",
        "create dect network": f"create dect network Of {role} at Berlin",
        "remove base": f"remove base {mac}",
        "remove handset": f"remove handset of {owner} from {network_name(operation, role)}",
        "change dect network": f"rename dect network {network_name(operation, role)} to New {role}",
        "delete dect network": f"delete dect network {network_name(operation, role)}",
        "set up dect": f"set up dect Whole of {role} at Berlin DBS210 with base {mac}",
        "add base": f"add base {mac} to Warehouse DECT",
        "add handset": f"add handset for {HANDSET_OWNERS[role]}@acme.example to Warehouse DECT",
        "delete device": f"delete device {mac}",
        "delete devices": f"delete devices\n{mac}",
        "grant": f"grant {role}@new.example viewer",
        "revoke": f"revoke {role}@old.example viewer",
        # A stored space that is gone can be given up from anywhere.
        "approval space": "stop using this space for approvals",
    }[operation]


async def planned(world: World, person: str, command: str) -> Json:
    """The plan, by way of the form where there is one."""
    sent = await world.client.say(person, command)
    card = (await world.answers(person, sent["seq"]))[-1]  # of a list, behind its check
    return card if "Confirm" in cards.buttons(card) else await world.press(person, card, "Continue")


async def is_added(world: World, role: str, operation: str = "add phone") -> bool:
    return len(await world.devices(MACS[operation, role])) == 1


async def has_code(world: World, role: str, owners: Mapping[str, str] = OWNERS) -> bool:
    owner = owners[role].capitalize()
    codes = (await world.client.organization())["activationCodes"]
    return len([code for code in codes if code["owner"].startswith(owner)]) == 1


async def is_tagged(world: World, role: str, operation: str = "tag") -> bool:
    (device,) = await world.devices(MACS[operation, role])
    return role in device["tags"]


async def has_applied(world: World, role: str) -> bool:
    mac = MACS["apply changes", role]
    phones = world.sandbox.cloud.organization.phones.values()
    return [phone.applied_changes for phone in phones if phone.mac == mac] == [1]


async def is_swapped(world: World, role: str) -> bool:
    counts = [len(await world.devices(mac)) for mac in (MACS["swap phone", role], NEW_MACS[role])]
    return counts == [0, 1]


async def is_moved(world: World, role: str) -> bool:
    (device,) = await world.devices(MACS["move phone", role])
    return bool(device["owner"].startswith(OWNERS[role].capitalize()))


async def is_created(world: World, role: str) -> bool:
    return len(await networks(world, f"Of {role}")) == 1


def network_name(operation: str, role: str) -> str:
    """Of the network that is there before the command."""
    return f"{operation} {role}"


def content(world: World, operation: str, role: str) -> tuple[int, int]:
    """How many base stations and handsets that network has."""
    (network,) = [
        each
        for each in world.sandbox.cloud.organization.dect_networks.values()
        if each.name == network_name(operation, role)
    ]
    return len(network.base_stations), len(network.handsets)


async def is_base_removed(world: World, role: str) -> bool:
    return content(world, "remove base", role) == (0, 1)


async def is_handset_removed(world: World, role: str) -> bool:
    return content(world, "remove handset", role) == (1, 0)


async def is_renamed(world: World, role: str) -> bool:
    return len(await networks(world, f"New {role}")) == 1


async def is_network_deleted(world: World, role: str) -> bool:
    return await networks(world, network_name("delete dect network", role)) == []


async def is_set_up(world: World, role: str) -> bool:
    mac = MACS["set up dect", role]
    named = [each for each in await world.client.dect() if each["name"] == f"Whole of {role}"]
    return [base["mac"] for each in named for base in each["baseStations"]] == [mac]


async def has_base(world: World, role: str) -> bool:
    networks_there = await world.client.dect()
    macs = {base["mac"] for each in networks_there for base in each["baseStations"]}
    return MACS["add base", role] in macs


async def has_handset(world: World, role: str) -> bool:
    lines = [
        name
        for network in await world.client.dect()
        for handset in network["handsets"]
        for name in handset["lines"]
    ]
    return any(name.startswith(HANDSET_OWNERS[role].capitalize()) for name in lines)


async def is_deleted(world: World, role: str, operation: str = "delete device") -> bool:
    return await world.devices(MACS[operation, role]) == []


async def is_granted(world: World, role: str) -> bool:
    return bool(world.rows("select who from access where who = ?", f"{role}@new.example"))


async def is_revoked(world: World, role: str) -> bool:
    return not world.rows("select who from access where who = ?", f"{role}@old.example")


async def is_given_up(world: World, _role: str) -> bool:
    return not world.rows("select room_id from approval_space")


IS_DONE: Mapping[str, Callable[[World, str], Awaitable[bool]]] = {
    "add phone": is_added,
    "add phones": partial(is_added, operation="add phones"),
    "activation code": has_code,
    "activation codes": partial(has_code, owners=LIST_OWNERS),
    "tag": is_tagged,
    "tag devices": partial(is_tagged, operation="tag devices"),
    "apply changes": has_applied,
    "swap phone": is_swapped,
    "move phone": is_moved,
    "create dect network": is_created,
    "remove base": is_base_removed,
    "remove handset": is_handset_removed,
    "change dect network": is_renamed,
    "delete dect network": is_network_deleted,
    "set up dect": is_set_up,
    "add base": has_base,
    "add handset": has_handset,
    "delete device": is_deleted,
    "delete devices": partial(is_deleted, operation="delete devices"),
    "grant": is_granted,
    "revoke": is_revoked,
    "approval space": is_given_up,
}


@pytest.mark.parametrize(("operation", "role", "cell"), CELLS)
async def test_an_operation_runs_needs_approval_or_is_refused(
    world: World, operation: str, role: str, cell: str
):
    person, command = WHO[role], await typed(world, operation, role)
    if cell == DENY:
        async with world.nothing_changes():
            refused = await world.say(person, command)
        assert f"Your role ({role}) does not allow “{operation}”" in refused["text"]
        assert not await IS_DONE[operation](world, role)
        world.write("delete from approval_space")
        return
    plan = await planned(world, person, command)
    assert ("needs approval" in plan["text"]) == (cell == ASK)
    assert not await IS_DONE[operation](world, role)
    seq = await world.client.seq()
    if cell == ASK:
        async with world.nothing_changes():
            waiting = await world.press(person, plan, "Confirm")
        assert waiting["text"].startswith("Waiting for approval")
        assert not await IS_DONE[operation](world, role)
        await world.client.say(ANA, f"approve {cards.code_of(plan)}")
    else:
        await world.client.press(person, plan["id"], "Confirm")
    await heard(world, person, "✓ ", after=seq)
    await world.at_rest()

    assert world.state(cards.code_of(plan)) == "done"
    assert await IS_DONE[operation](world, role)
    calls = {
        "swap phone": 2,
        "move phone": 2,
        "set up dect": 2,
        "grant": 0,
        "revoke": 0,
        "approval space": 0,
    }
    assert len(await world.changes(seq)) == calls.get(operation, 1)


@pytest.mark.parametrize(
    ("command", "role", "expected"),
    [
        (command, role, expected)
        for command, row in QUESTIONS.items()
        for role, expected in row.items()
    ],
)
async def test_a_question_is_answered_or_refused(
    world: World, command: str, role: str, expected: str
):
    async with world.nothing_changes():
        answer = await world.say(WHO[role], command)

    assert expected.lower() in answer["text"].lower()


@pytest.mark.parametrize("role", ["technician", "engineer", "admin"])
async def test_whoami_says_what_needs_approval(world: World, role: str):
    answer = await world.say(WHO[role], "whoami")

    asks = [operation for operation, who, cell in CELLS if (who, cell) == (role, ASK)]
    assert cards.facts(answer)["Needs approval"] == (" · ".join(asks) or "nothing")
