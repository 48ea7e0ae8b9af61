"""Every change of the allowlist goes into the trail with it."""

import json

import pytest
from sqlite_utils import Database

from bot.audit import RUNNING
from bot.errors import Refused
from bot.models import Grant, Role
from bot.requests.allowlist import CONFIGURED, StoredAllowlist, seed_admins
from bot.store import access, audit
from bot.store.audit import Entry
from tests.bot.requests.world import ADA, World

ZOE = Grant("zoe@example.com", Role.TECHNICIAN, "Lyon")


def trail(db: Database) -> list[Entry]:
    """All of it."""
    return list(audit.entries(db))


def told(entry: Entry) -> tuple[str, str, str, dict[str, str]]:
    """What it says."""
    return entry.actor, entry.action, entry.request, json.loads(entry.detail)


async def test_a_change_is_told_with_the_request_and_who_asked(world: World):
    allowlist = StoredAllowlist(world.store, world.clock)
    RUNNING.set(("7K3F", ADA))
    assert await allowlist.add(ZOE)
    assert ZOE in await allowlist.grants()
    assert await allowlist.remove(ZOE)
    assert ZOE not in await allowlist.grants()
    facts = {"who": ZOE.who, "role": "technician", "location": "Lyon"}
    entries = await world.store.call(trail)
    assert [told(one) for one in entries] == [
        (ADA.email, action, "7K3F", facts) for action in ("granted", "revoked")
    ]
    assert {one.actor_id for one in entries} == {ADA.person_id}


async def test_what_changes_nothing_is_not_told(world: World):
    allowlist = StoredAllowlist(world.store, world.clock)
    await allowlist.add(ZOE)
    assert not await allowlist.add(ZOE)
    assert not await allowlist.remove(Grant("nobody@example.com", Role.VIEWER))
    assert len(await world.store.call(trail)) == 1


async def test_the_last_admin_stays_and_nothing_is_told(world: World):
    allowlist = StoredAllowlist(world.store, world.clock)
    ada = Grant(ADA.email, Role.ADMIN)
    with pytest.raises(Refused, match=f"^{ADA.email} is the last admin. Make somebody else admin"):
        await allowlist.remove(ada)
    assert ada in await allowlist.grants()
    assert await world.store.call(trail) == []


async def test_the_configured_admins_are_told_of_once(world: World):
    await world.store.call(seed_admins, ["bea@example.com"], 1.0)
    await world.store.call(seed_admins, ["bea@example.com"], 2.0)
    (entry,) = await world.store.call(trail)
    assert told(entry) == (
        CONFIGURED.email, "granted", "", {"who": "bea@example.com", "role": "admin", "location": ""},
    )  # fmt: skip
    assert entry.at == "1970-01-01T00:00:01.000Z"


async def test_an_admin_who_was_removed_stays_removed(world: World):
    await world.store.call(seed_admins, ["bea@example.com"], 1.0)
    await StoredAllowlist(world.store, world.clock).remove(Grant("bea@example.com", Role.ADMIN))
    await world.store.call(seed_admins, ["bea@example.com"], 2.0)
    assert await world.store.call(access.admins) == [ADA.email]
    assert [one.action for one in await world.store.call(trail)] == ["granted", "revoked"]
