"""What people do in the demo, from the first word to the last button, on a desktop and on a phone."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.screen import PATIENCE, Screen
from tests.journeys.world import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

GROUPED = re.compile(r"\b\d{4} \d{4} \d{4} \d{4}\b")


def mac(screen: Screen, number: int) -> str:
    """An address of its own for each size."""
    return f"D8:2E:3E:EF:{number:02d}:{screen.size.width % 100:02d}"


async def test_a_technician_adds_a_phone_by_a_typed_command(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    address = mac(screen, 1)

    await tom.say(f"add phone {address} 8865 for bob@acme.example")
    await tom.sees(re.compile(f"{address}.*Bob Keller", re.DOTALL))
    await screen.picture("add-phone-plan")
    await tom.press("Confirm", address)
    await tom.sees(f"{address} now belongs to Bob Keller")
    await screen.picture("add-phone-done")

    devices = await screen.behind("Organization")
    await expect(devices.get_by_role("listitem").filter(has_text=address).first).to_contain_text(
        "Bob Keller", timeout=PATIENCE
    )
    await screen.picture("organization")
    (device,) = await screen.world.devices(address.replace(":", ""))
    assert device["owner"] == "Bob Keller"


async def test_a_technician_adds_a_phone_by_the_form(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    address = mac(screen, 2)

    await tom.say("add phone")
    form = await tom.sees("Continue")
    await tom.fill(form, MAC=address, Model="Cisco 8845", For_whom=f"{owner(screen)}@acme.example")
    await screen.picture("add-phone-form")
    await form.get_by_role("button", name="Continue").click()
    await tom.press("Confirm", address)
    await tom.sees(f"{address} now belongs to")


def owner(screen: Screen) -> str:
    return "jack" if screen.size.touch else "omar"


async def test_a_request_is_approved_side_by_side(screen: Screen):
    await screen.open("tom/provbot+ana/provbot")
    name = f"Hall {screen.size.width}"

    tom = await screen.turn_to("Tom Berger")
    await tom.say(f"create dect network {name} at Berlin")
    await tom.press("Continue", re.compile(name + "|Continue"))
    await tom.press("Confirm", name)
    ana = await screen.turn_to("Ana Costa")
    await ana.sees(name)
    await screen.picture("approval")
    await ana.press("Approve", name)
    tom = await screen.turn_to("Tom Berger")
    await tom.sees(f"The DECT network {name} is there")

    assert name in str((await screen.world.client.organization())["dectNetworks"])


async def test_an_activation_code_is_typed_in_on_the_phone_itself(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")

    await tom.say("activation code 8845 for hugo@acme.example")
    await tom.press("Confirm", "Hugo Petit")
    said = await (await tom.sees(GROUPED)).inner_text()
    code = GROUPED.findall(said)[-1]
    phones = await screen.behind("Phones")
    await phones.get_by_role("textbox", name="Activation code").fill(code)
    await phones.get_by_role("button", name="Start the phone").click()

    await expect(phones.get_by_role("listitem").filter(has_text="Hugo Petit").last).to_be_visible(
        timeout=PATIENCE
    )
    await screen.picture("phones")


async def test_an_engineer_makes_a_dect_network(screen: Screen):
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    name = f"Yard {screen.size.width}"

    await eli.say(f"create dect network {name} at Lyon")
    await eli.press("Continue", "Continue")
    await eli.press("Confirm", name)
    await eli.sees(f"The DECT network {name} is there, in Lyon")


async def test_a_phone_is_deleted_once_somebody_else_agreed(screen: Screen):
    address = mac(screen, 3)
    bare = address.replace(":", "")
    await screen.world.client.place_phone(bare, "DMS Cisco 8845", ownerEmail="kim@acme.example")
    await screen.open("tom/provbot+ana/provbot")

    tom = await screen.turn_to("Tom Berger")
    await tom.say(f"delete device {address}")
    await tom.press("Confirm", address)
    ana = await screen.turn_to("Ana Costa")
    await ana.press("Approve", address)
    tom = await screen.turn_to("Tom Berger")

    async def is_gone() -> bool:
        return not await screen.world.devices(bare)

    await until(is_gone, "the phone was deleted")
    await tom.sees("Kim Larsen is deleted")


async def test_a_tag_is_set_and_taken_back(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    tag = f"lobby{screen.size.width}"

    await tom.say(f"tag 00:11:22:33:44:55 +{tag}")
    await tom.press("Confirm", tag)
    await tom.press("Undo", re.compile(f"has the tags.*{tag}"))
    await tom.press("Confirm", tag)

    async def is_as_before() -> bool:
        (device,) = await screen.world.devices("001122334455")
        return tag not in device["tags"]

    await until(is_as_before, "the tag was taken back")
    await tom.sees("has the tags austin and desk")


async def test_a_file_is_attached_and_shown(screen: Screen):
    await screen.open("tom/field-team")
    tom = screen.side("Tom Berger")

    async with screen.page.expect_file_chooser() as choosing:
        await tom.region.get_by_role("button", name="Attach a file").click()
    chooser = await choosing.value
    await chooser.set_files(
        {"name": "macs.csv", "mimeType": "text/csv", "buffer": b"mac,model\nD82E3EEF0001,8845\n"}
    )
    await tom.say("the list for tomorrow")

    message = await tom.sees("macs.csv")
    await expect(message).to_contain_text("the list for tomorrow")
    await expect(message.get_by_role("table")).to_contain_text("D82E3EEF0001", timeout=PATIENCE)
    await screen.picture("file")
