"""Get the pairing sheets of DECT networks."""

import pytest

from bot.core.errors import Unavailable
from bot.domain.operation import PrivateAnswer
from bot.operations.dect import DECT_SHEET
from tests.bot.operations.dect_networks import (
    DIRECT,
    HALL,
    LOBBY_BERLIN,
    LOBBY_LYON,
    SPACE,
    VIEWER,
    asked,
    organization,
    said_by,
    shown,
)


@pytest.mark.parametrize("place", [DIRECT, SPACE])
async def test_the_sheet_is_for_the_person_alone(place):
    answer = await asked(organization(HALL, sets=2), "hall", question=DECT_SHEET, place=place)

    assert isinstance(answer, PrivateAnswer)
    assert answer.answer.name == "Hall-handsets.html"
    assert b"5001" in answer.answer.content
    assert "5001" not in answer.answer.text + answer.sent + answer.not_sent
    assert answer.sent == "I sent the pairing sheet of Hall to you in a direct message."


async def test_the_sheet_can_be_of_one_owner():
    calling = organization(HALL, sets=12)
    answer = await asked(calling, "hall for Ann Alder 7", question=DECT_SHEET)
    assert b"5007" in answer.answer.content
    assert b"5008" not in answer.answer.content
    text, _ = await shown(calling, "hall for Carol", question=DECT_SHEET)
    assert text.startswith("Hall in Lyon has no handset for “Carol”\n")


async def test_the_only_network_need_not_be_named():
    answer = await asked(organization(HALL, sets=1), "", question=DECT_SHEET)
    assert isinstance(answer, PrivateAnswer)


async def test_which_network_the_sheet_is_of_is_asked():
    calling = organization(LOBBY_BERLIN, LOBBY_LYON, sets=1)
    text, buttons = await shown(calling, "lobby", question=DECT_SHEET)
    assert text.startswith("Which network?\n")
    assert buttons[:2] == ["Lobby in Berlin", "Lobby in Lyon"]
    said = await said_by(calling, "lobby", "Lobby in Lyon", question=DECT_SHEET)
    assert said == f"dect sheet {LOBBY_LYON.id}"


async def test_a_network_without_handsets_has_no_sheet():
    text, _ = await shown(organization(HALL), "hall", question=DECT_SHEET)
    assert text.startswith("Hall in Lyon has no handset\n")


async def test_a_viewer_gets_no_codes_in_a_sheet_and_no_handset_is_read():
    calling = organization(HALL, sets=1, handsets=[Unavailable(503, "down", "T")])
    text, _ = await shown(calling, "hall", question=DECT_SHEET, caller=VIEWER)
    assert text.startswith("The pairing sheet of Hall has access codes\n")
