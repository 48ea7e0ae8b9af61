"""Who has a MAC that is taken, as far as Webex tells and the person may know."""

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import MacState
from bot.operations.add_phone import ADD_PHONE
from tests.bot.operations.forms import context, plan, problems
from tests.example_org import ANNS_PHONE, FOREIGN_MAC, FREE_MAC
from tests.fake_calling import FakeCalling

GOOD = {"mac": FREE_MAC, "model": "8865", "owner": "ann@example.com"}


class RefusingMacs(FakeCalling):
    """Webex accepts no MAC."""

    async def mac_state(self, mac: str) -> MacState:
        """As validateMacs answers for a malformed one."""
        return MacState(available=False, message=f"Invalid MAC {mac}.")


def down(calling: FakeCalling, *methods: str) -> FakeCalling:
    """The organization while these reads fail."""
    for method in methods:
        calling.broken[method] = [Unavailable(503, "Down.", "T-7")] * 9
    return calling


async def test_a_mac_that_webex_does_not_accept_is_named():
    refusal = await problems(ADD_PHONE, GOOD, context(RefusingMacs()))
    assert refusal.problems == {
        "mac": "Webex does not accept D8:2E:3E:EF:4E:5C. Please read the label again."
    }


async def test_a_taken_mac_names_nobody_if_the_devices_cannot_be_read():
    calling = down(FakeCalling(), "devices")
    refusal = await problems(ADD_PHONE, GOOD | {"mac": ANNS_PHONE.mac}, context(calling))
    assert "Ann Alder already has this phone" in refusal.problems["mac"]  # by her own list

    refusal = await problems(ADD_PHONE, GOOD | {"mac": FOREIGN_MAC}, context(calling))
    assert refusal.problems["mac"].startswith("00:00:5E:00:53:FF is in use. Please read the label")


@pytest.mark.parametrize("owner", ["nobody@example.com", ""])
async def test_a_taken_mac_is_told_without_an_owner_as_well(owner: str):
    inputs = GOOD | {"mac": FOREIGN_MAC, "owner": owner}
    refusal = await problems(ADD_PHONE, inputs, context(FakeCalling()))
    assert set(refusal.problems) == {"mac", "owner"}


async def test_without_the_check_the_list_of_devices_tells_who_has_a_mac():
    calling = down(FakeCalling(), "mac_state")
    inputs = GOOD | {"mac": ANNS_PHONE.mac, "owner": "Lobby"}
    refusal = await problems(ADD_PHONE, inputs, context(calling))
    assert "is in use by the Cisco 8845 of Ann Alder" in refusal.problems["mac"]
    made = await plan(ADD_PHONE, GOOD, context(calling))
    assert made.unread


async def test_the_list_of_the_owner_may_fail_too():
    calling = down(FakeCalling(), "devices", "devices_of")
    refusal = await problems(ADD_PHONE, GOOD | {"mac": ANNS_PHONE.mac}, context(calling))
    assert refusal.problems["mac"].startswith("00:00:5E:00:53:01 is in use. Please read the label")
