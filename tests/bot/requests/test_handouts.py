"""The pairing sheet at the end of a request: to its requester alone, and never in the way."""

from dataclasses import replace

from bot.core.errors import Unavailable
from bot.core.models.dect import HandsetSettings
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Plan
from bot.operations.actions import dect_handout, dect_steps
from bot.operations.add_phones import ADD_PHONES
from bot.requests.handouts import Handouts
from tests.bot.requests.dect_examples import planned, records
from tests.bot.requests.fixtures import ELI, GROUP, RequestFixture
from tests.bot.requests.list_examples import request
from tests.example_org import ANN, BOB, WAREHOUSE

TARGET = dect_steps.Target(WAREHOUSE.name, WAREHOUSE.where, WAREHOUSE.id)
LATER = "To get the pairing sheet with the access codes, type: dect sheet Warehouse in Lyon"


def handouts(world: RequestFixture) -> Handouts:
    """Those of an operation that hands out a pairing sheet."""
    operation = replace(ADD_PHONES, handout=dect_handout.HANDOUT)
    operations = {operation.name: operation}
    return replace(world.runner.list_results.handouts, operations=operations)


async def added(
    world: RequestFixture, *, in_webex: int = 2
) -> tuple[Request, Plan, list[StepRecord]]:
    """A request in a space that added handsets for Ann and Bob; Webex lists so many of them."""
    steps = [
        step
        for row, owner in enumerate((ANN, BOB), start=1)
        for step in dect_steps.add_handset(owner, owner.name, TARGET, row, spacing=90.0)
    ]
    for owner in (ANN, BOB)[:in_webex]:
        settings = HandsetSettings(line1=owner.id, display_name=owner.name)
        await world.calling.dect.add_handset(WAREHOUSE.ref, settings)
    ended = request("done").model_copy(update={"place": GROUP})
    return ended, planned(steps), records(steps, "done")


async def test_the_sheet_goes_to_the_requester_alone(world: RequestFixture):
    is_sent, sentences = await handouts(world).deliver(*await added(world))

    assert is_sent
    (sent,) = world.messenger.posted
    assert sent.file is not None
    assert (sent.email, sent.place, sent.file.name) == (ELI.email, None, "QH4A-handsets.html")
    page = sent.file.content.decode()
    assert "Ann Alder" in page
    assert "Bob Birch" in page
    assert "1234" in page  # the access code of the network
    (sentence,) = sentences
    assert sentence.startswith(
        "The pairing sheet was sent to eli@example.com in a direct message. To pair a handset,"
    )
    assert "1234" not in sentence


async def test_the_handsets_are_found_by_their_ids_among_others(world: RequestFixture):
    ended, plan, journal = await added(world)
    sets = world.calling.dect.sets[WAREHOUSE.id]
    result = {"title": "", "values": {"handset": sets[1].id}}
    only_bob = [journal[0].model_copy(update={"state": "failed"}),
                journal[1].model_copy(update={"result": result})]  # fmt: skip

    await handouts(world).deliver(ended, plan, only_bob)

    (sent,) = world.messenger.posted
    assert sent.file is not None
    assert "Ann Alder" not in sent.file.content.decode()


async def test_handsets_that_webex_does_not_list_yet_are_counted(world: RequestFixture):
    await handouts(world).deliver(*await added(world, in_webex=1))

    (sent,) = world.messenger.posted
    assert sent.file is not None
    assert "Webex does not list 1 of the new handsets yet." in sent.file.text
    assert sent.file.text.endswith("type: dect sheet Warehouse in Lyon")


async def test_a_read_that_fails_holds_nothing_up(world: RequestFixture):
    ended = await added(world)
    world.calling.broken["handsets"] = [Unavailable(503, "Later.")]

    is_sent, sentences = await handouts(world).deliver(*ended)

    assert not is_sent
    assert sentences == [
        f"The pairing sheet is missing, as Webex did not give what it needs. {LATER}"
    ]
    assert world.messenger.posted == []


async def test_a_requester_who_cannot_be_reached_reads_how_to_get_it(world: RequestFixture):
    world.messenger.unreachable.add(ELI.email)

    is_sent, sentences = await handouts(world).deliver(*await added(world))

    assert not is_sent
    assert sentences == [
        "The pairing sheet has not reached eli@example.com, as Webex did not take the direct"
        f" message. {LATER}"
    ]


async def test_without_a_handset_there_is_no_sheet(world: RequestFixture):
    base = [dect_steps.add_base("D82E3E000001", TARGET, 1)]
    told = await handouts(world).deliver(request("done"), planned(base), records(base, "done"))
    assert told == (False, [])
    assert world.messenger.posted == []


async def test_a_new_network_is_found_by_the_id_that_its_creation_gave(world: RequestFixture):
    ended, _, _ = await added(world)
    new = dect_steps.Target(WAREHOUSE.name, WAREHOUSE.where)
    steps = dect_steps.add_handset(ANN, ANN.name, new, 1, spacing=90.0)
    creation = steps[0].model_copy(update={"key": "network", "action": "create dect network"})
    created = {"title": "", "values": {"network": WAREHOUSE.id}}
    journal = [*records([creation], "done", result=created), *records(steps, "done")]

    is_sent, _ = await handouts(world).deliver(ended, planned([creation, *steps]), journal)

    assert is_sent
