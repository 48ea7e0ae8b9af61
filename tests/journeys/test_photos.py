"""Photos of labels: read by the bot, and never for strangers."""

import json

import pytest
from PIL import Image

from tests.journeys import cards
from tests.journeys.world import TOM, VERA, Json, World
from tests.labels.corpus import ATA, phone
from tests.labels.drawing import Look, Scene, encoded, photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


def label(mac: str, pid: str = "CP-8865-K9") -> bytes:
    """A photo of the label of a phone."""
    return encoded(photo(Scene([phone(mac, pid)], Look(size=(800, 600), fill=0.8, angle=9))))


async def send(world: World, content: bytes, text: str = "", person: str = TOM) -> list[Json]:
    """All that the bot answers to a photo."""
    more = {"text": text} if text else {}
    sent = await world.client.send_file(person, "IMG_0001.jpg", content, **more)
    return await world.answers(person, sent["seq"] - 1)


def told(message: Json) -> str:
    """All texts of a card."""
    return cards.plain(json.dumps(cards.content(message), ensure_ascii=False))


async def test_a_photo_with_the_owner_is_a_plan(fresh: World):
    [plan] = await send(fresh, label("6C5E3BA0B1C2"), "for bob@acme.example")

    assert "Read from your photo: MAC 6C:5E:3B:A0:B1:C2, CP-8865." in told(plan)
    await fresh.press(TOM, plan, "Confirm")
    await fresh.at_rest()
    assert [device["mac"] for device in await fresh.devices("6C5E3BA0B1C2")] == ["6C5E3BA0B1C2"]


async def test_a_photo_alone_fills_the_form(world: World):
    [form] = await send(world, label("6C5E3BA0B1C3"))

    assert "Read from your photo: MAC 6C:5E:3B:A0:B1:C3, CP-8865." in told(form)
    assert cards.filled(form)["mac"] == "6C:5E:3B:A0:B1:C3"
    await world.press(TOM, form, "Cancel")


async def test_a_photo_without_a_code_opens_the_form_with_advice(world: World):
    [form] = await send(world, encoded(Image.new("L", (400, 300), 200)), "for bob@acme.example")

    assert "I found no code in your photo" in told(form)
    await world.press(TOM, form, "Cancel")


async def test_the_two_macs_of_an_adapter_are_a_choice(world: World):
    [form] = await send(world, encoded(photo(Scene([ATA], Look(size=(1_000, 750), fill=0.8)))))

    assert "Read from your photo: MAC 6C:5E:3B:A0:B1:C2 or 6C:5E:3B:A0:B1:C3" in told(form)
    assert list(cards.choices(form, "mac")) == [
        "MAC 1: 6C:5E:3B:A0:B1:C2",
        "MAC 2: 6C:5E:3B:A0:B1:C3",
        "Another MAC address (type it)",
    ]
    assert cards.mistakes(form) == {}
    second = cards.choices(form, "mac")["MAC 2: 6C:5E:3B:A0:B1:C3"]
    plan = await world.press(TOM, form, "Continue", mac=second, owner="bob@acme.example")

    assert cards.is_plan_for(plan, "6C5E3BA0B1C3")
    await world.press(TOM, plan, "Cancel")


async def test_several_labels_fill_the_form_for_lists(world: World):
    labels = [phone("6C5E3BA0B1D1"), phone("D82E3EEF4ED2", "CP-7841-K9")]
    several = photo(Scene(labels, Look(size=(1_600, 1_200), fill=0.9, angle=4)))
    [form] = await send(world, encoded(several))

    assert cards.filled(form)["rows"].splitlines() == [
        "6C:5E:3B:A0:B1:D1 CP-8865-K9",
        "D8:2E:3E:EF:4E:D2 CP-7841-K9",
    ]
    await world.press(TOM, form, "Cancel")


async def test_a_photo_for_a_swap_is_the_new_phone(world: World):
    [form] = await send(world, label("6C5E3BA0B1D3"), "swap Carol's phone")

    assert "6C:5E:3B:A0:B1:D3" in told(form)
    await world.press(TOM, form, "Cancel")


async def test_a_damaged_photo_opens_the_form(world: World):
    [form] = await send(world, label("6C5E3BA0B1C4")[:9_000], "for bob@acme.example")

    assert "The picture is damaged or incomplete" in told(form)
    await world.press(TOM, form, "Cancel")


async def test_somebody_without_a_role_causes_no_download(world: World):
    seq = await world.client.seq()
    await send(world, label("6C5E3BA0B1C5"), "for bob@acme.example", VERA)

    calls = await world.client.calls(seq)
    assert not [call for call in calls if call["method"] == "GET" and "/contents/" in call["path"]]


async def test_a_photo_is_read_once_it_is_scanned(world: World):
    await world.client.fault(what="content_scan", times=3, retry_after=0)
    [form] = await send(world, label("6C5E3BA0B1C6"))

    assert "6C:5E:3B:A0:B1:C6" in told(form)
    await world.press(TOM, form, "Cancel")


async def test_a_text_about_something_else_is_answered(world: World):
    answers = await send(world, label("6C5E3BA0B1C7"), "requests")
    assert "so I ignored “IMG_0001.jpg”. To have a photo of a label read," in str(answers)


async def test_the_label_of_a_base_station_is_for_a_network(world: World):
    [form] = await send(world, label("6C5E3BA0B1E1", "DBS-210-3PC"))

    assert cards.filled(form)["bases"] == "6C:5E:3B:A0:B1:E1"
    await world.press(TOM, form, "Cancel")
