"""Decisions about rows that an organization in memory cannot lead to."""

import pytest

from bot.core import api_calls as calls
from bot.core.directory import Directory
from bot.core.models.webex import Device, MacState, Owner
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.device_rows import DeviceFacts, check_devices
from bot.domain.lookup.row_checks import RowFacts, check_rows
from bot.domain.lookup.row_owners import OwnerFacts
from tests.example_org import ANN, ANNS_PHONE, BOARDROOM, MODELS

MAC = "D82E3EEF4E5C"
ROW = ListRow(2, mac=MAC, model="8865", owner="ann@example.com")


def owner_facts(*owners: Owner, **more: object) -> OwnerFacts:
    """They were looked up, and everybody may be reached."""
    return OwnerFacts(Directory(owners, **more), lambda _where: True)  # type: ignore[arg-type]


def problems(row: ListRow, facts: RowFacts) -> str:
    (checked,) = check_rows([row], facts)
    return " ".join(checked.problems)


def device_problems(row: ListRow, devices: list[Device], owners: OwnerFacts) -> str:
    facts = DeviceFacts(devices, owners, lambda _where: True)
    (checked,) = check_devices([row], facts)
    return " ".join(checked.problems)


def test_a_mac_that_webex_does_not_accept_is_told():
    states = {MAC: MacState(available=False, message="[Error 5677] Invalid MAC.")}
    facts = RowFacts(MODELS, owner_facts(ANN), lambda _where: True, mac_states=states)
    assert problems(ROW, facts) == (
        "Webex does not accept D8:2E:3E:EF:4E:5C. Please read the label again."
    )


@pytest.mark.parametrize("model", ["8865", "room device"])
def test_owners_of_other_organizations_get_nothing(model: str):
    foreign = ANN.model_copy(update={"foreign": True})
    facts = RowFacts(MODELS, owner_facts(foreign), lambda _where: True)
    row = ListRow(2, model=model, owner="ann@example.com")
    assert "belongs to another organization" in problems(row, facts)


def test_an_address_of_another_organization_is_named_as_such():
    owners = OwnerFacts(Directory(), lambda _where: True, foreign=frozenset({"eve@other.example"}))
    facts = RowFacts(MODELS, owners, lambda _where: True)
    row = ListRow(2, mac=MAC, model="8865", owner="eve@other.example")
    assert problems(row, facts).startswith("eve@other.example belongs to another organization")


def test_a_row_that_could_not_be_read_says_so_alone():
    row = ListRow(2, owner="Boardroom", problems=("The row has no MAC address.",))
    said = device_problems(row, [], owner_facts(BOARDROOM))
    assert said == "The row has no MAC address."


def test_two_devices_with_the_same_mac_are_not_guessed():
    other = ANNS_PHONE.model_copy(update={"id": "dev-9"})
    row = ListRow(2, mac=ANNS_PHONE.mac)
    assert "2 devices match" in device_problems(row, [ANNS_PHONE, other], owner_facts())


def test_a_name_that_could_not_be_looked_up_is_not_said_to_be_missing():
    row = ListRow(2, owner="Kim")
    said = device_problems(row, [], owner_facts(unread=(calls.PEOPLE,)))
    assert said == "“Kim” could not be looked up. Please write the MAC address, or try again later."
