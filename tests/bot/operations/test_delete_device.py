"""Remove a device: what is shown before, what is kept of it, and what adds it again."""

import pytest

from bot.core.errors import Conflict, NotFound, OutcomeUnknown
from bot.core.models.webex import Licence
from bot.domain.operation import Job
from bot.operations.actions.delete_device import NOT_RESTORED
from bot.operations.add_phone import ADD_PHONE
from bot.operations.delete_device import DELETE_DEVICE
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import ANN, ANNS_PHONE, SOUTHS_PHONE
from tests.fake_calling import FakeCalling, LostAfter, lost

MAC = "00:00:5E:00:53:01"
RESET = (
    "is reset and can no longer make calls. If you add it again, it starts without its old"
    " settings."
)


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def test_the_plan_names_the_owner_and_deletes_nothing(calling):
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    assert made.title == "Delete the Cisco 8845 of Ann Alder"
    assert made.facts == (
        ("Device", "Cisco 8845"),
        ("Owner", "Ann Alder (ann@example.com)"),
        ("MAC", MAC),
        ("Location", "Berlin"),
    )
    assert made.context == (("Status", "online"), ("Tags", "front"))
    assert [warning for warning in made.warnings if RESET in warning]
    (step,) = made.steps
    assert (step.call.method, step.call.path) == ("DELETE", "/devices/dev-1")
    assert (made.only_location, made.first.subject) == ("Berlin", ANN.key)
    assert calling.changes == 0


async def test_a_workspace_is_named_as_the_owner(calling):
    made = await plan(DELETE_DEVICE, {"device": "Meeting Room South"}, context(calling))
    assert dict(made.facts)["Owner"] == "Meeting Room South (workspace)"
    assert made.only_location == "Lyon"


async def test_a_device_without_an_owner_can_be_deleted(calling):
    calling.held[0] = ANNS_PHONE.model_copy(update={"person_id": None})
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    assert dict(made.facts)["Owner"] == "Ann Alder"
    assert made.first.subject == "device:dev-1"


@pytest.mark.parametrize(
    ("licence", "is_warned"),
    [(Licence.STANDARD, True), (Licence.PROFESSIONAL, False), (Licence.UNKNOWN, False)],
)
async def test_the_effect_of_the_licence_is_a_warning(calling, licence, is_warned):
    calling.owners[0] = ANN.model_copy(update={"licence": licence})
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    effect = (
        "Ann Alder has Webex Calling Standard: deleting the phone switches calling on in their"
        " Webex apps."
    )
    assert (effect in made.warnings) is is_warned


async def test_status_and_tags_may_change_without_changing_the_plan(calling):
    before = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    calling.held[0] = ANNS_PHONE.model_copy(update={"status": "disconnected", "tags": ("x",)})
    after = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    assert after.digest() == before.digest()
    assert after.context != before.context


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("00:00:5E:00:53:99", "I found no device “00:00:5E:00:53:99”"),
        ("Nobody", "I found no device “Nobody”"),
        ("", "Please enter the MAC address or the name of the device."),
    ],
)
async def test_an_unknown_device_is_reported(calling, device, sentence):
    refusal = await problems(DELETE_DEVICE, {"device": device}, context(calling))
    assert refusal.problems["device"].startswith(sentence)


async def test_a_device_in_another_location_is_not_found(calling):
    refusal = await problems(DELETE_DEVICE, {"device": MAC}, context(calling, "Lyon"))
    assert "in your locations" in refusal.problems["device"]


async def test_running_the_plan_deletes_exactly_that_device(calling):
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    outcome = await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    assert calling.held == [SOUTHS_PHONE]
    assert outcome.title == "The Cisco 8845 of Ann Alder was deleted"


async def test_a_snapshot_of_the_device_is_kept(calling):
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    outcome = await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    assert outcome.snapshot == {
        "device": "dev-1", "name": "Ann Alder", "mac": ANNS_PHONE.mac, "product": "Cisco 8845",
        "owner": "ann@example.com", "tags": "front",
    }  # fmt: skip


async def test_undo_is_a_filled_in_form_that_says_what_cannot_come_back(calling):
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    outcome = await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    assert outcome.undo
    assert (outcome.undo.operation, outcome.undo.title) == ("add phone", "Add it again")
    assert outcome.undo.note == NOT_RESTORED
    again = await plan(ADD_PHONE, outcome.undo.inputs, context(calling))
    assert again.title == "Add a Cisco 8845 for Ann Alder"


async def test_a_device_without_a_mac_cannot_be_added_again(calling):
    calling.held[0] = ANNS_PHONE.model_copy(update={"mac": ""})
    made = await plan(DELETE_DEVICE, {"device": "Ann Alder"}, context(calling))
    outcome = await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    assert outcome.undo is None


@pytest.mark.parametrize(("trouble", "gone"), [(LostAfter(), True), (lost(), False)])
async def test_a_lost_answer_is_resolved_by_reading_the_device(calling, trouble, gone):
    calling.troubles = [trouble]
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    with pytest.raises(OutcomeUnknown):
        await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    outcome = await DELETE_DEVICE.actions[0].look_up(Job.only(made), context(calling))
    assert (outcome is not None) is gone
    assert outcome is None or outcome.snapshot["tags"] == "front"


@pytest.mark.parametrize("problem", [Conflict(409, "No."), NotFound(404, "No.")])
async def test_a_refusal_is_raised(calling, problem):
    calling.troubles = [problem]
    made = await plan(DELETE_DEVICE, {"device": MAC}, context(calling))
    with pytest.raises(type(problem)):
        await DELETE_DEVICE.actions[0].run(Job.only(made), {}, context(calling))
    assert len(calling.held) == 2
