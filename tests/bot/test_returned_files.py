"""Files of checks and results that are corrected and sent back."""

import pytest

from bot.core.models.people import Sender
from bot.requests.message_files import PASSWORDS_SEEN
from bot.requests.returned_files import NO_PASSWORDS
from bot.store.sql import select
from tests.bot.requests.fixtures import ELI, TOM
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of
from tests.example_org import ANNS_PHONE, FREE_MAC, THIRD_PARTY
from tests.fake_messenger import PostedMessage

PASSWORD = "Long-Enough-77"
WITH_PASSWORD = (
    f"MAC,Model,Owner,Password\n{FREE_MAC},{THIRD_PARTY.model},ann@example.com,{PASSWORD}\n"
)


async def sends(
    harness: DispatchHarness,
    name: str,
    content: bytes,
    text: str = "",
    sender: Sender = ELI,
    room: str = "",
) -> list[PostedMessage]:
    """What is answered to a message with a file."""
    harness.messages.files[name] = content
    url = f"https://webex.example/v1/contents/{name}"
    typed = harness.typed(sender, text, room or room_of(sender), files=[url])
    return await harness.answers(typed, sender)


async def check_of_tags(harness: DispatchHarness) -> tuple[str, bytes]:
    """The name and the content of the check of a list of `tag devices +floor-3`."""
    check, _ = await harness.says(ELI, f"tag devices +floor-3\n{ANNS_PHONE.mac}\n{FREE_MAC}")
    assert check.file is not None
    return check.file.name, check.file.content


def opened(harness: DispatchHarness) -> list[str]:
    """The operations of all requests, oldest first."""
    query = "select operation from requests order by rowid"
    return [row["operation"] for row in select(harness.db, query)]


@pytest.mark.parametrize("ending", ["", " (1)", "-corrected"])
async def test_the_name_of_a_check_tells_operation_and_tags(harness: DispatchHarness, ending: str):
    name, content = await check_of_tags(harness)

    *_, plan = await sends(harness, name.replace(".csv", f"{ending}.csv"), content)

    assert opened(harness) == ["tag devices"] * 2
    assert plan.text.startswith("Tag 1 device\n")
    assert "Add: floor-3" in plan.text


async def test_a_command_beside_a_check_says_more_than_its_name(harness: DispatchHarness):
    name, content = await check_of_tags(harness)

    *_, plan = await sends(harness, name, content, "tag devices +lab")

    assert "Add: lab\n" in plan.text
    *_, deletion = await sends(harness, name, content, "delete devices")
    assert "Delete 1 device" in deletion.text


async def test_the_check_of_somebody_else_tells_nothing(harness: DispatchHarness):
    name, _ = await check_of_tags(harness)
    content = f"MAC,Model,Owner\n{FREE_MAC},8865,ann@example.com\n".encode()

    preface, *_ = await sends(harness, name, content, sender=TOM)

    assert preface.text.startswith("I read this file as “add phones”.")
    assert opened(harness) == ["tag devices", "add phones"]


async def test_a_check_that_comes_back_keeps_the_passwords_of_its_list(harness: DispatchHarness):
    check, _ = await sends(harness, "phones.csv", WITH_PASSWORD.encode())
    assert check.file is not None

    _, plan = await sends(harness, check.file.name, check.file.content)

    assert "SIP passwords:" not in plan.text
    assert NO_PASSWORDS not in plan.text
    assert PASSWORD not in plan.text


async def test_a_check_whose_passwords_are_lost_says_so(harness: DispatchHarness):
    check, _ = await sends(harness, "phones.csv", WITH_PASSWORD.encode())
    assert check.file is not None
    harness.drafts.form_secrets.forget(check.file.name[:4])

    _, plan = await sends(harness, check.file.name, check.file.content)

    assert NO_PASSWORDS in plan.text
    assert "SIP passwords:" in plan.text


async def test_passwords_in_a_space_are_to_be_deleted(harness: DispatchHarness):
    answers = await sends(harness, "phones.csv", WITH_PASSWORD.encode(), room=GROUP_ROOM)

    assert any(PASSWORDS_SEEN in each.text for each in answers)
    alone = await sends(harness, "phones.csv", WITH_PASSWORD.encode())
    assert not any(PASSWORDS_SEEN in each.text for each in alone)
