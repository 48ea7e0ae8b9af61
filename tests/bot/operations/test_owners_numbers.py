"""The extension and number of an owner on the cards of devices."""

import asyncio
from typing import Any

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Line
from bot.domain.lookup.lines import TIMEOUT
from bot.domain.operation import Caller
from bot.operations.devices import DEVICE, DEVICES
from cards import render
from tests.bot.operations.forms import context
from tests.example_org import ANN, ANNS_PHONE
from tests.fake_calling import FakeCalling
from tests.virtual_clock import virtually

VIEWER = Caller("vera@example.com", ("viewer",), ())


def with_line(**more: Any) -> FakeCalling:
    """An organization in which Ann has an extension and a number."""
    return FakeCalling(extensions={ANN.key: "1107"}, numbers={ANN.key: "493023125107"}, **more)


async def test_a_device_says_how_to_call_it():
    card = await DEVICE.answer("Ann Alder", VIEWER, context(with_line()))
    text = render.to_text(card)
    assert "Extension: 1107\nNumber: +493023125107\n" in text


async def test_a_short_list_has_the_extensions_of_the_owners():
    text = render.to_text(await DEVICES.answer("", VIEWER, context(with_line())))
    assert "Cisco 8845 · 00:00:5E:00:53:01 · Berlin · online · ext. 1107\n" in text
    assert text.count("ext.") == 1


async def test_extensions_of_many_owners_are_not_read():
    calling = FakeCalling(
        held=[
            ANNS_PHONE.model_copy(update={"id": str(n), "mac": str(n), "person_id": str(n)})
            for n in range(6)
        ]
    )
    await DEVICES.answer("", VIEWER, context(calling))
    assert "line_of" not in calling.asked


async def test_a_number_that_cannot_be_read_hides_nothing_else():
    calling = with_line(broken={"line_of": [Unavailable(503, "")]})
    text = render.to_text(await DEVICE.answer("Ann Alder", VIEWER, context(calling)))
    assert "Status: online" in text
    assert "Extension" not in text


class SlowNumbers(FakeCalling):
    """Never says how to call anybody."""

    async def line_of(self, key: str, name: str) -> Line | None:
        """Never."""
        await asyncio.Event().wait()
        return None


def test_nobody_waits_for_a_slow_number():
    card, seconds = virtually(lambda: DEVICE.answer("Ann Alder", VIEWER, context(SlowNumbers())))
    text = render.to_text(card)
    assert "Status: online" in text
    assert "Extension" not in text
    assert seconds == pytest.approx(TIMEOUT, abs=0.5)
