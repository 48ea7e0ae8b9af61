"""Photos of labels: read by the bot, and never for strangers."""

import asyncio
import json

import pytest
from PIL import Image

from tests.journeys import cards
from tests.journeys.crash import hang, start_again
from tests.journeys.world import ELI, TOM, VERA, Json, World, answering, until
from tests.labels.corpus import ATA, phone
from tests.labels.drawing import Look, Scene, encoded, photo

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERINS = "0011223344A1"  # the MAC of her 8865


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
    assert "⚠" not in told(plan)
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


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 410}, "Webex removed “IMG_0001.jpg”, because it found a virus"),
        ({"status": 428}, "Webex cannot scan “IMG_0001.jpg” for viruses, so I did not open it."),
        ({"status": 404}, "I cannot find “IMG_0001.jpg”; perhaps it was deleted."),
        ({"status": 423, "retry_after": 90}, "Webex is still scanning “IMG_0001.jpg”"),
    ],
)
async def test_a_photo_that_webex_does_not_give_has_its_reason(
    world: World, fault: dict[str, int], sentence: str
):
    await world.client.fault(method="GET", path="/contents/*", times=0, **fault)
    async with world.nothing_changes():
        [answer] = await send(world, label("6C5E3BA0B1C8"))
    assert answer["text"].startswith(sentence)
    assert "Nothing was changed." in answer["text"]


async def test_a_file_of_which_webex_tells_nothing_may_be_of_either_kind(world: World):
    await world.client.fault(method="HEAD", path="/contents/*", times=0, status=503)
    await world.client.fault(method="GET", path="/contents/*", times=0, status=428)
    [answer] = await send(world, label("6C5E3BA0B1C8"))
    await world.client.clear_faults()
    assert answer["text"].endswith("send a new picture, or the list without a password or as CSV.")


async def test_a_photo_that_breaks_off_is_downloaded_again(world: World):
    await world.client.fault(method="GET", path="/contents/*", times=1, drop=True)
    [form] = await send(world, label("6C5E3BA0B1C9"))

    assert "6C:5E:3B:A0:B1:C9" in told(form)
    await world.press(TOM, form, "Cancel")


async def test_a_photo_that_is_larger_than_told_is_cut_off(world: World):
    await world.client.fault(method="HEAD", path="/contents/*", times=0, status=503)
    [answer] = await send(world, b"\xff\xd8\xff" + bytes(20 * 1_048_576))
    assert "has more than 20 MB. Nothing was changed." in answer["text"]


async def test_a_question_about_a_photo_shows_the_device(world: World):
    read, card = await send(world, label(ERINS), "à qui est ce téléphone ?")

    assert read["text"] == "Read from your photo: MAC 00:11:22:33:44:A1, CP-8865."
    assert cards.facts(card)["MAC"] == "00:11:22:33:44:A1"
    assert "Erin Walsh" in told(card)


async def test_a_photo_alone_shows_the_device_to_a_viewer(world: World):
    _, card = await send(world, label(ERINS), person=VERA)

    assert "Erin Walsh" in told(card)
    assert not cards.has_button(card, "Delete")


async def test_a_photo_alone_says_who_has_the_phone(world: World):
    [form] = await send(world, label(ERINS))

    assert "in use by the Cisco 8865 of Erin Walsh" in cards.mistakes(form)["mac"]
    assert "owner" not in cards.mistakes(form)
    await world.press(TOM, form, "Cancel")


async def test_a_wrong_owner_leaves_what_was_read(world: World):
    [form] = await send(world, label("6C5E3BA0B1CA"), "for Nobody Atall")

    assert "Read from your photo: MAC 6C:5E:3B:A0:B1:CA, CP-8865." in told(form)
    assert "no person or workspace" in cards.mistakes(form)["owner"]
    plan = await world.press(TOM, form, "Continue", owner="bob@acme.example")
    assert cards.is_plan_for(plan, "6C5E3BA0B1CA")
    await world.press(TOM, plan, "Cancel")


@pytest.mark.parametrize(
    "text", ["c'est le téléphone de Bob Keller", "installed this one for Bob Keller"]
)
async def test_words_that_describe_the_phone_lead_to_its_plan(world: World, text: str):
    [plan] = await send(world, label("6C5E3BA0B1CE"), text)

    assert cards.is_plan_for(plan, "6C5E3BA0B1CE")
    assert "Bob Keller" in told(plan)
    await world.press(TOM, plan, "Cancel")


async def test_words_that_are_not_understood_are_told(world: World):
    [plan] = await send(world, label("6C5E3BA0B1CF"), "Bob Keller, 2nd floor")

    assert "CP-8865. I did not understand “2nd floor”." in told(plan)
    await world.press(TOM, plan, "Cancel")


async def test_words_behind_a_photo_complete_its_form(world: World):
    await send(world, label("6C5E3BA0B1CB"))
    plan = await world.say(TOM, "für Bob Keller")

    assert cards.is_plan_for(plan, "6C5E3BA0B1CB")
    await world.press(TOM, plan, "Cancel")


async def test_words_before_a_photo_belong_to_it(world: World):
    await world.say(TOM, "pour la salle Lobby Berlin")
    [plan] = await send(world, label("6C5E3BA0B1CC"))

    assert cards.is_plan_for(plan, "6C5E3BA0B1CC")
    assert "Lobby Berlin" in told(plan)
    await world.press(TOM, plan, "Cancel")


async def test_a_photo_fills_in_an_open_form(world: World):
    await world.say(TOM, "swap 00:11:22:33:44:A1")
    [plan] = await send(world, label("6C5E3BA0B1CD"))

    assert "6C:5E:3B:A0:B1:CD" in told(plan)
    assert cards.has_button(plan, "Confirm")
    await world.press(TOM, plan, "Cancel")


async def test_owners_behind_several_labels_lead_to_the_check(world: World):
    labels = [phone("6C5E3BA0B1D4"), phone("D82E3EEF4ED5", "CP-7841-K9")]
    several = photo(Scene(labels, Look(size=(1_600, 1_200), fill=0.9, angle=4)))
    [form] = await send(world, encoded(several))
    first, second = cards.filled(form)["rows"].splitlines()
    rows = f"{first} bob@acme.example\n{second} nobody@acme.example"
    pressed = await world.client.press(TOM, form["id"], "Continue", inputs={"rows": rows})
    _, check = await world.answers(TOM, pressed["seq"])

    assert "nobody@acme.example" in told(check)
    changed = await world.press(TOM, check, "Change")
    assert cards.filled(changed)["rows"] == rows
    await world.press(TOM, changed, "Cancel")


async def test_the_owner_of_several_labels_stands_on_every_row(world: World):
    labels = [phone("6C5E3BA0B1D6"), phone("D82E3EEF4ED7", "CP-7841-K9")]
    several = photo(Scene(labels, Look(size=(1_600, 1_200), fill=0.9, angle=4)))
    plan = (await send(world, encoded(several), "add phones for bob@acme.example"))[-1]

    changed = await world.press(TOM, plan, "Change")
    assert cards.filled(changed)["rows"].splitlines() == [
        "6C:5E:3B:A0:B1:D6 CP-8865-K9 bob@acme.example",
        "D8:2E:3E:EF:4E:D7 CP-7841-K9 bob@acme.example",
    ]
    await world.press(TOM, changed, "Cancel")


async def test_photos_that_many_people_send_at_once_are_all_answered(world: World):
    sent = [
        world.client.send_file(person, "IMG.jpg", label(f"6C5E3BA0B1F{number}"))
        for number, person in enumerate((TOM, ELI, TOM, ELI, TOM, ELI))
    ]
    await asyncio.gather(*sent)
    await world.at_rest()
    for person, macs in ((TOM, "024"), (ELI, "135")):
        texts = str(await world.client.messages(person))
        assert all(f"6C:5E:3B:A0:B1:F{last}" in texts for last in macs)


async def test_killed_after_words_completed_a_form_before_the_plan_is_shown(fresh: World):
    [form] = await send(fresh, label("6C5E3BA0B1DA"))
    await hang(fresh, "POST", "/messages")
    said = await fresh.client.say(TOM, "for bob@acme.example")
    code = cards.code_of(form)

    async def is_planned() -> bool:
        [row] = fresh.rows("select plan from requests where code = ?", code)
        return bool(row["plan"])

    await until(is_planned, "the form became a plan")
    await start_again(fresh)

    [plan] = await fresh.answers(TOM, said["seq"], where=answering)
    assert cards.is_plan_for(plan, "6C5E3BA0B1DA")
    assert cards.code_of(plan) == code
