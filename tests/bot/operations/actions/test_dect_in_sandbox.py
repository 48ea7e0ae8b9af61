"""The actions of DECT with the real calls: partial answers, lost answers, and what is left."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.errors import OutcomeUnknown, WebexError
from bot.core.models.webex import LocationRef, Owner, OwnerKind
from bot.domain import error_messages
from bot.domain.operation import Context, Job, NoBulk
from bot.domain.plan import Outcome, Step
from bot.operations.actions import dect_steps
from bot.operations.actions.base_station import ADD_BASE
from bot.operations.actions.dect_network import CREATE_NETWORK, DELETE_NETWORK, UPDATE_NETWORK
from bot.operations.actions.dect_steps import Target
from bot.operations.actions.handset import ADD_HANDSET, DELETE_HANDSET, SECOND_LINE
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken, ssl_context
from bot.webex.http_client import http_client
from tests.bot.operations.actions.dect_jobs import SPACING, jobs, look_up_many, run_many
from tests.sandbox.admin.admin_client import Api, admin_api

MACS = ("00005E005301", "00005E005302", "00005E005303")


@dataclass
class Site:
    """A new network in Lyon, and what acts on it."""

    api: Api
    ctx: Context
    hall: Target

    def person(self, mailbox: str) -> Owner:
        """Somebody of the sandbox."""
        return Owner(kind=OwnerKind.PERSON, id=self.api.id_of(mailbox), name=mailbox.capitalize())

    def handsets(self, *names: str, second: str = "") -> Sequence[Step]:
        """The steps that add Bob's handsets with these names."""
        bob, other = self.person("bob"), self.person(second) if second else None
        return [
            step
            for row, name in enumerate(names, 1)
            for step in dect_steps.add_handset(
                bob, name, self.hall, row, second=other, spacing=SPACING
            )
        ]

    async def fault(self, **fault: Any) -> None:
        """Make the next call fail."""
        await self.api.sandbox.client.fault(times=1, **fault)

    async def names(self) -> list[str]:
        """The handsets that the network has."""
        network = dect_steps.network_of(jobs(dect_steps.delete_network(self.hall))[0])
        return [each.shown_name for each in await self.ctx.calling.dect.handsets(network)]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with admin_api() as api:
        token = FixedToken(api.http.headers["Authorization"].removeprefix("Bearer "))
        async with http_client(ssl_context(api.sandbox.ca_file)) as http:
            client = Client(http, api.sandbox.api_url, token)
            calling = CallingApi(client, Cache(lambda: 0.0), None)
            ctx = Context(calling, lambda _where: True)
            new = Target("Hall", LocationRef("Lyon", api.location("Lyon")))
            (job,) = jobs(dect_steps.create_network(new, "DBS210", display_name="Hall"))
            made = await CREATE_NETWORK.run(job, {}, ctx)
            assert await CREATE_NETWORK.look_up(job, ctx) == made
            yield Site(api, ctx, Target("Hall", new.where, made.values["network"]))


def bases(site: Site) -> list[Job]:
    return jobs(*(dect_steps.add_base(mac, site.hall, row) for row, mac in enumerate(MACS, 1)))


async def test_base_stations_of_one_call_have_a_result_each(site: Site):
    fault = site.api.sandbox.client.fault
    await fault(what="refused_base", mac=MACS[1])
    await fault(what="refused_base", mac=MACS[2], missing=True, afterCommit=True)

    results = await run_many(ADD_BASE, bases(site), site.ctx)

    assert [type(result) for result in results] == [Outcome, WebexError, Outcome]
    assert error_messages.for_storage(results[1]) == error_messages.BASE_REFUSED
    assert all(result.values["base"] for result in (results[0], results[2]))
    looks = await look_up_many(ADD_BASE, bases(site), site.ctx)
    assert [look is None for look in looks] == [False, True, False]


async def test_one_mac_that_spoils_the_list_spoils_itself_alone(site: Site):
    path = "/v1/telephony/config/locations/*/dectNetworks/*/baseStations"
    await site.fault(what="call", method="POST", path=path, status=400)

    results = await run_many(ADD_BASE, bases(site), site.ctx)

    assert [type(result) for result in results] == [Outcome] * 3


async def test_handsets_of_one_call_have_a_result_each(site: Site):
    hugo = dect_steps.add_handset(site.person("hugo"), "H", site.hall, 9, spacing=SPACING)
    await site.api.sandbox.client.fault(
        what="refused_handset", member="hugo@*", errorCode=4516, missing=False
    )

    results = await run_many(ADD_HANDSET, jobs(*site.handsets("A", "B"), *hugo), site.ctx)

    assert [type(result) for result in results] == [Outcome, Outcome, WebexError]
    assert "cannot give this owner a line" in error_messages.for_storage(results[2])
    assert await site.names() == ["A", "B"]


async def test_a_lost_bulk_is_found_as_a_whole(site: Site):
    both = jobs(*site.handsets("A", "B"))
    path = "/v1/telephony/config/locations/*/dectNetworks/*/handsets/bulk"
    await site.fault(what="call", method="POST", path=path, status=502, afterCommit=True)
    with pytest.raises(OutcomeUnknown):
        await run_many(ADD_HANDSET, both, site.ctx)

    looks = await look_up_many(ADD_HANDSET, both, site.ctx)

    assert all(look.values["handset"] for look in looks)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_cloud_without_the_call_for_many(site: Site, status: int):
    both = jobs(*site.handsets("A", "B"))
    path = "/v1/telephony/config/locations/*/dectNetworks/*/handsets/bulk"
    await site.fault(what="call", method="POST", path=path, status=status)

    with pytest.raises(NoBulk):
        await run_many(ADD_HANDSET, both, site.ctx)

    for job in both:
        assert (await ADD_HANDSET.run(job, {}, site.ctx)).values["handset"]
    assert await site.names() == ["A", "B"]


async def test_a_network_that_was_deleted_meanwhile(site: Site):
    added = jobs(*site.handsets("A", "B", second="kim"))
    (deletion,) = jobs(dect_steps.delete_network(site.hall))
    await DELETE_NETWORK.run(deletion, {}, site.ctx)

    for job in (*bases(site)[:1], added[0]):
        action = ADD_BASE if job.step.action == dect_steps.ADD_BASE else ADD_HANDSET
        with pytest.raises(WebexError) as caught:
            await action.run(job, {}, site.ctx)
        assert error_messages.is_network_gone(caught.value)
        assert await action.look_up(job, site.ctx) is None
    with pytest.raises(WebexError) as gone:
        await run_many(ADD_HANDSET, [added[0], added[2]], site.ctx)
    assert error_messages.is_network_gone(gone.value)
    known = Job(added[1].plan, added[1].step, {"handset": "c2V0"})
    with pytest.raises(WebexError) as unset:
        await SECOND_LINE.run(known, {}, site.ctx)
    assert error_messages.is_network_gone(unset.value)
    assert await DELETE_NETWORK.look_up(deletion, site.ctx)
    assert await DELETE_NETWORK.run(deletion, {}, site.ctx)


async def test_two_lines_and_their_end(site: Site):
    add, both = jobs(*site.handsets("A", second="kim"))
    values = (await ADD_HANDSET.run(add, {}, site.ctx)).values
    both = Job(both.plan, both.step, values)
    assert await SECOND_LINE.look_up(both, site.ctx) is None

    told = await SECOND_LINE.run(both, {}, site.ctx)

    assert await SECOND_LINE.look_up(both, site.ctx) == told
    reversal = await ADD_HANDSET.undo(add, Outcome(title=""), site.ctx)
    (removal,) = jobs(*reversal.steps)
    removed = await DELETE_HANDSET.run(removal, {}, site.ctx)
    assert await DELETE_HANDSET.look_up(removal, site.ctx) == removed
    back = await DELETE_HANDSET.undo(removal, removed, site.ctx)
    again, second = jobs(*back.steps)
    values = (await ADD_HANDSET.run(again, {}, site.ctx)).values
    await SECOND_LINE.run(Job(second.plan, second.step, values), {}, site.ctx)
    network = dect_steps.network_of(add)
    (handset,) = await site.ctx.calling.dect.handsets(network)
    assert [line.name.split()[0] for line in handset.lines] == ["Bob", "Kim"]


async def test_a_rename_and_its_end(site: Site):
    (job,) = jobs(
        dect_steps.update_network(
            site.hall, name="Store", display_name="", old_display_name="Hall", spacing=SPACING
        )
    )
    assert await UPDATE_NETWORK.look_up(job, site.ctx) is None
    made = await UPDATE_NETWORK.run(job, {}, site.ctx)
    assert await UPDATE_NETWORK.look_up(job, site.ctx) == made

    reversal = await UPDATE_NETWORK.undo(job, made, site.ctx)
    await UPDATE_NETWORK.run(jobs(*reversal.steps)[0], {}, site.ctx)

    network = await site.ctx.calling.dect.network(dect_steps.network_of(job))
    assert network
    assert (network.name, network.display_name) == ("Hall", "Hall")
