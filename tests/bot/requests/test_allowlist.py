"""Every change of the allowlist goes into the trail with it."""

import json

import pytest

from bot.audit import CURRENT_REQUEST
from bot.core.errors import Refused
from bot.core.models.audit import AuditEntry
from bot.core.models.people import Grant, Role
from bot.requests.allowlist import CONFIGURED, StoredAllowlist, seed_admins
from bot.store import audit, grants
from bot.store.sql import Database
from tests.bot.requests.fixtures import ADA, RequestFixture

pytestmark = pytest.mark.usefixtures("engine")

ZOE = Grant("zoe@example.com", Role.TECHNICIAN, "Lyon")


def trail(db: Database) -> list[AuditEntry]:
    """All of it."""
    return list(audit.entries(db))


def content(entry: AuditEntry) -> tuple[str, str, str, dict[str, str]]:
    """What it says."""
    return entry.actor, entry.action, entry.request, json.loads(entry.detail)


async def test_a_change_is_recorded_with_its_request_and_requester(world: RequestFixture):
    allowlist = StoredAllowlist(world.store, world.clock)
    CURRENT_REQUEST.set(("7K3F", ADA))
    assert await allowlist.add(ZOE)
    assert ZOE in await allowlist.grants()
    assert await allowlist.remove(ZOE)
    assert ZOE not in await allowlist.grants()
    facts = {"who": ZOE.who, "role": "technician", "location": "Lyon"}
    entries = await world.store.call(trail)
    assert [content(entry) for entry in entries] == [
        (ADA.email, action, "7K3F", facts) for action in ("granted", "revoked")
    ]
    assert {entry.actor_id for entry in entries} == {ADA.person_id}


async def test_an_unchanged_grant_leaves_no_audit_entry(world: RequestFixture):
    allowlist = StoredAllowlist(world.store, world.clock)
    await allowlist.add(ZOE)
    assert not await allowlist.add(ZOE)
    assert not await allowlist.remove(Grant("nobody@example.com", Role.VIEWER))
    assert len(await world.store.call(trail)) == 1


async def test_the_last_admin_stays_and_nothing_is_recorded(world: RequestFixture):
    allowlist = StoredAllowlist(world.store, world.clock)
    ada = Grant(ADA.email, Role.ADMIN)
    with pytest.raises(Refused, match=f"^{ADA.email} is the last admin. Make somebody else admin"):
        await allowlist.remove(ada)
    assert ada in await allowlist.grants()
    assert await world.store.call(trail) == []


async def test_configured_admins_are_recorded_once(world: RequestFixture):
    await world.store.call(seed_admins, ["bea@example.com"], 1.0)
    await world.store.call(seed_admins, ["bea@example.com"], 2.0)
    (entry,) = await world.store.call(trail)
    assert content(entry) == (
        CONFIGURED.email,
        "granted",
        "",
        {"who": "bea@example.com", "role": "admin", "location": ""},
    )
    assert entry.at == "1970-01-01T00:00:01.000Z"


async def test_an_admin_removed_from_the_setting_is_reported(world: RequestFixture):
    await world.store.call(seed_admins, ["bea@example.com", "cleo@example.com"], 1.0)
    await world.store.call(grants.revoke, Grant("cleo@example.com", Role.ADMIN))
    former = grants.former_first_admins
    assert await world.store.call(former, ["bea@example.com", "cleo@example.com"]) == []
    assert await world.store.call(former, ["dora@example.com"]) == ["bea@example.com"]


async def test_a_removed_admin_stays_removed(world: RequestFixture):
    await world.store.call(seed_admins, ["bea@example.com"], 1.0)
    await StoredAllowlist(world.store, world.clock).remove(Grant("bea@example.com", Role.ADMIN))
    await world.store.call(seed_admins, ["bea@example.com"], 2.0)
    assert await world.store.call(grants.admins) == [ADA.email]
    assert [entry.action for entry in await world.store.call(trail)] == ["granted", "revoked"]
