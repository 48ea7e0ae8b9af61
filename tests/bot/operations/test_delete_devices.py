"""Delete devices from a list: how rows name them, and what is told of the ones that do not."""

from dataclasses import replace

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Licence, RemovedPhone
from bot.domain.device_table import device_file
from bot.domain.operation import Job
from bot.operations.actions.delete_device import DELETE_DEVICE as ACTION
from bot.operations.delete_devices import DELETE_DEVICES, LICENCES_UNREAD
from tests.bot.operations.accepted import FakeAccepted, accepted
from tests.bot.operations.forms import context, done
from tests.bot.operations.lists import plan_lines, plan_table, rows_of, told, wrong
from tests.example_org import ANN, ANNS_PHONE, BOB, FREE_MAC, SOUTHS_PHONE
from tests.fake_calling import FakeCalling

MAC = "00:00:5E:00:53:01"


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def test_a_row_names_a_device_by_mac_owner_or_name(calling):
    made = await plan_table(
        DELETE_DEVICES,
        f"MAC;Owner\n{MAC};\n;Meeting Room South\n",
        context(calling),
    )
    assert made.title == "Delete 2 devices"
    assert rows_of(made) == ["row 2", "row 3"]
    assert [step.details["device"] for step in made.steps] == [ANNS_PHONE.id, SOUTHS_PHONE.id]
    assert made.on_refusal == "go on"
    assert calling.changes == 0


async def test_an_email_names_the_only_device_of_its_owner(calling):
    made = await plan_lines(DELETE_DEVICES, "ann@example.com", context(calling))
    assert [step.subject for step in made.steps] == [ANN.key]


@pytest.mark.parametrize("text", ["Ann's", "Alder, Ann", "the phone of Ann Alder", "ANN ALDER"])
async def test_a_name_may_be_written_in_other_ways(calling, text):
    table = f'Name;Note\n"{text}";x\n'
    made = await plan_table(DELETE_DEVICES, table, context(calling))
    assert len(made.steps) == (text != "Ann's"), "a part of a name is not enough"


async def test_a_mention_names_the_only_device_of_that_person(calling):
    made = await plan_lines(DELETE_DEVICES, f"{ANN.key}\n{BOB.key}", context(calling))
    assert [step.details["device"] for step in made.steps] == [ANNS_PHONE.id]
    assert wrong(made) == {2: "That person has no device that Webex lists."}


async def test_the_file_of_the_command_devices_can_be_sent_back(calling):
    file = device_file("All devices", "", calling.held, {"loc-berlin": "Berlin"})
    made = await plan_table(DELETE_DEVICES, file.content.decode("utf-8-sig"), context(calling))
    assert rows_of(made) == ["row 2", "row 3"]
    assert made.checks == ()


async def test_an_owner_with_two_devices_is_not_guessed(calling):
    calling.held.append(ANNS_PHONE.model_copy(update={"id": "dev-9", "mac": FREE_MAC}))
    made = await plan_lines(DELETE_DEVICES, "ann@example.com\nAnn Alder", context(calling))
    assert made.steps == ()
    assert wrong(made).keys() == {1, 2}
    assert "2 devices match" in wrong(made)[1]
    assert MAC in wrong(made)[1]


async def test_what_is_not_there_is_told(calling):
    made = await plan_lines(DELETE_DEVICES, f"{FREE_MAC}\nNobody Here\n{MAC}", context(calling))
    assert rows_of(made) == ["row 3"]
    assert "I found no device" in wrong(made)[1]
    assert "I found no device “Nobody Here”" in wrong(made)[2]


async def test_what_our_own_requests_know_is_told(calling):
    late, gone = "D82E3EEF4E71", "D82E3EEF4E72"
    fake = FakeAccepted((accepted(late),), {gone: RemovedPhone(code="KX7P")})
    ctx = replace(context(calling), accepted=fake)
    made = await plan_lines(DELETE_DEVICES, f"{late}\n{gone}", ctx)
    assert "(QH4A); Webex does not list it yet." in wrong(made)[1]
    assert "It was removed by KX7P. To put it back, type: undo KX7P" in wrong(made)[2]


async def test_owners_that_cannot_be_read_do_not_keep_macs_from_being_deleted(calling):
    before = await plan_lines(DELETE_DEVICES, MAC, context(calling))
    calling.broken["directory"] = [Unavailable(503, "No.")]
    calling.broken["owner"] = [Unavailable(503, "No.")]
    made = await plan_lines(DELETE_DEVICES, MAC, context(calling))
    assert rows_of(made) == ["row 1"]
    assert LICENCES_UNREAD in made.warnings
    assert before.is_still(made)


async def test_a_mac_that_is_there_twice_is_deleted_once(calling):
    made = await plan_lines(DELETE_DEVICES, f"{MAC}\n{MAC}", context(calling))
    assert rows_of(made) == ["row 1"]
    assert wrong(made) == {2: "Row 1 has the same MAC address: the device is changed once."}


async def test_rows_about_the_same_device_are_all_wrong(calling):
    made = await plan_lines(DELETE_DEVICES, f"{MAC}\nAnn Alder", context(calling))
    assert made.steps == ()
    assert "Row 2 means the same device" in wrong(made)[1]


async def test_devices_whose_ids_webex_does_not_tell_are_not_taken_for_one(calling):
    calling.held = [phone.model_copy(update={"id": ""}) for phone in (ANNS_PHONE, SOUTHS_PHONE)]
    made = await plan_lines(DELETE_DEVICES, "Ann Alder\nMeeting Room South", context(calling))
    assert wrong(made) == {}


async def test_a_row_that_names_another_owner_is_wrong(calling):
    table = f"MAC;Email\n{MAC};bob@example.com\n"
    made = await plan_table(DELETE_DEVICES, table, context(calling))
    assert wrong(made) == {
        2: f"{MAC} belongs to Ann Alder, but the row names bob@example.com. Please correct the MAC"
        " address or the owner."
    }


async def test_a_row_that_names_another_model_is_warned_of(calling):
    made = await plan_table(DELETE_DEVICES, f"MAC;Model\n{MAC};8865\n", context(calling))
    assert rows_of(made) == ["row 2"]
    assert told(made) == {2: f"The row names the model 8865, but {MAC} is a Cisco 8845."}


async def test_devices_elsewhere_are_as_good_as_unknown(calling):
    made = await plan_lines(DELETE_DEVICES, f"{MAC}\nMeeting Room South", context(calling, "Lyon"))
    assert rows_of(made) == ["row 2"]
    assert "in your locations" in wrong(made)[1]
    assert "Ann" not in wrong(made)[1]


async def test_licence_effects_are_summed_up(calling):
    calling.owners[0] = ANN.model_copy(update={"licence": Licence.STANDARD})
    made = await plan_lines(DELETE_DEVICES, MAC, context(calling))
    assert (
        "Ann Alder has Webex Calling Standard: deleting the phone switches calling on in their"
        " Webex apps." in made.warnings
    )


async def test_licence_effects_of_many_are_counted(calling):
    calling.owners[0] = ANN.model_copy(update={"licence": Licence.STANDARD})
    bobs = ANNS_PHONE.model_copy(
        update={"id": "dev-7", "mac": FREE_MAC, "name": BOB.name, "person_id": BOB.id}
    )
    calling.held.append(bobs)
    made = await plan_lines(DELETE_DEVICES, f"{MAC}\n{FREE_MAC}", context(calling))
    assert (
        "2 people have Webex Calling Standard: deleting the phones switches calling on in their"
        " Webex apps." in made.warnings
    )


async def test_an_undo_adds_the_phone_with_its_tags(calling):
    ctx = context(calling)
    made = await plan_lines(DELETE_DEVICES, MAC, ctx)
    (step,) = made.steps
    outcome = await ACTION.run(Job(made, step), {}, ctx)

    reversal = await ACTION.undo(Job(made, step), outcome, ctx)

    assert [each.action for each in reversal.steps] == ["add phone", "tag"]
    assert reversal.steps[1].details["tags"] == "+front\n"


async def test_other_tags_do_not_change_the_plan(calling):
    before = await plan_lines(DELETE_DEVICES, MAC, context(calling))
    calling.held[0] = ANNS_PHONE.model_copy(update={"tags": ("x",)})
    after = await plan_lines(DELETE_DEVICES, MAC, context(calling))
    assert before.is_still(after)


async def test_all_rows_are_deleted(calling):
    ctx = context(calling)
    made = await plan_lines(DELETE_DEVICES, f"{MAC}\nMeeting Room South", ctx)
    outcome = await done(DELETE_DEVICES, made, ctx)
    assert outcome.title == "Deleted 2 devices"
    assert calling.held == []
