"""The user stories of the demo, from the first message to the last button, on desktop and phone."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.page_driver import DESKTOP, PHONE, Screen
from tests.journeys.world import until

pytestmark = pytest.mark.asyncio(loop_scope="package")

GROUPED = r"\b\d{4} \d{4} \d{4} \d{4}\b"


def mac(screen: Screen, number: int) -> str:
    """Return an address of its own for each size."""
    return f"D8:2E:3E:EF:{number:02d}:{screen.size.width % 100:02d}"


async def stands_below(error: Locator, box: Locator, next_box: Locator) -> None:
    """Assert that the error is read with its own box, not with the next one."""
    places = [await part.bounding_box() for part in (box, error, next_box)]
    above, text, below = (place for place in places if place)
    to_own_box = text["y"] - (above["y"] + above["height"])
    to_next_box = below["y"] - (text["y"] + text["height"])
    assert 0 <= to_own_box < 10 < 30 < to_next_box  # the label of the next box is between


async def test_a_technician_adds_a_phone_by_a_typed_command(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    address = mac(screen, 1)

    await screen.frame(1, PHONE)
    command = f"add phone {address} 8865 for bob@acme.example"
    await tom.type(command)
    await screen.frame(2.5, PHONE)
    await tom.say(command)
    await tom.sees(re.compile(f"{address}.*Bob Keller", re.DOTALL))
    await screen.picture("plan", PHONE)
    await screen.frame(3.5, PHONE)
    await tom.press("Confirm", address)
    await tom.sees(f"{address} now belongs to Bob Keller")
    await screen.frame(3.5, PHONE)
    screen.moving_picture("one-phone", still=2)

    devices = await screen.behind("Organization")
    await expect(devices.get_by_role("listitem").filter(has_text=address).first).to_contain_text(
        "Bob Keller"
    )
    await screen.picture("organization", DESKTOP)
    (device,) = await screen.world.devices(address.replace(":", ""))
    assert device["owner"] == "Bob Keller"


async def test_a_technician_corrects_the_form_and_adds_a_phone(screen: Screen):
    await screen.open("tess/provbot")
    tess = screen.side("Tess Moreau")
    address = mac(screen, 2)
    owner = "kim" if screen.size.touch else "lena"

    await tess.say("add phone")
    form = await tess.sees("Continue")
    await tess.fill(form, Model="Cisco 8845", For_whom=f"{owner}@acme.example")
    await form.get_by_role("button", name="Continue").click()
    await expect(form).to_contain_text("Please enter the MAC address.")  # the client's own message
    await tess.fill(form, MAC="D8:2E:3E")
    await form.get_by_role("button", name="Continue").click()
    refused = await tess.sees("A MAC address has twelve hex digits")  # the bot's message
    await expect(refused.get_by_label("For whom")).to_have_value(f"{owner}@acme.example")
    error = refused.get_by_text("A MAC address has twelve hex digits")
    await stands_below(
        error, refused.get_by_label("MAC"), refused.get_by_label(re.compile("^Model"))
    )
    await screen.picture("form", PHONE)

    await tess.fill(refused, MAC=address)
    await refused.get_by_role("button", name="Continue").click()
    await tess.press("Confirm", address)
    await tess.sees(f"{address} now belongs to")


async def test_a_technician_types_the_owner_who_is_not_listed(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    address = mac(screen, 5)
    await tom.say(f"add phone {address} 8865 for Meeting Room")
    form = await tom.sees("3 workspaces match")

    await form.get_by_role("button", name="Continue").click()
    await expect(form).to_contain_text("Please choose one.")  # the client's own message
    await tom.fill(form, For_whom="Somebody else (type the name)")
    await form.get_by_role("button", name="Continue").click()
    typed = await tom.sees("Please fill in the empty box.")
    await expect(typed.get_by_label("MAC address")).to_have_value(address)
    await tom.fill(typed, For_whom="grace@acme.example")
    await typed.get_by_role("button", name="Continue").click()

    await tom.sees(re.compile(f"{address}.*Grace Lam", re.DOTALL))
    await tom.press("Cancel", address)


async def test_a_technician_adds_another_phone_of_the_same_model(screen: Screen):
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    first, second = mac(screen, 6), mac(screen, 7)
    await eli.say(f"add phone {first} 8851 for Reception Austin")
    await eli.press("Confirm", first)

    await eli.press("Add another", f"{first} now belongs to")
    form = await eli.sees(re.compile(r"As in \w{4}: model"))
    await expect(form.get_by_label(re.compile("^Model"))).to_have_value("DMS Cisco 8851")
    await expect(form.get_by_label("MAC address")).to_have_value("")
    await eli.fill(form, MAC=second, For_whom="Reception Austin")
    await form.get_by_role("button", name="Continue").click()
    await eli.press("Confirm", second)
    await eli.sees(f"Cisco 8851 {second} now belongs to Reception Austin")


async def test_an_admin_reads_the_help_and_grants_access(screen: Screen):
    await screen.open("ada/provbot")
    ada = screen.side("Ada Fischer")
    who = f"new{screen.size.width}@acme.example"

    await ada.say("help")
    await ada.sees("grant · revoke")
    await screen.picture("help", PHONE)
    await ada.say(f"grant {who} technician at Berlin")
    await ada.sees(re.compile(f"Give {who} the role technician in Berlin", re.DOTALL))
    await screen.picture("grant", PHONE)
    await ada.press("Confirm", who)
    await ada.sees(re.compile(f"{who} is now a technician"))


async def test_a_request_is_approved_side_by_side(screen: Screen):
    await screen.open("tom/provbot+ana/provbot")
    name = "Hall South" if screen.size.touch else "Hall North"

    tom = await screen.turn_to("Tom Berger")
    await tom.say(f"create dect network {name} at Berlin")
    await tom.press("Continue", re.compile(name + "|Continue"))
    await tom.press("Confirm", name)
    ana = await screen.turn_to("Ana Costa")
    await ana.sees(name)
    await screen.picture("approval", screen.size)
    await ana.press("Approve", name)
    tom = await screen.turn_to("Tom Berger")
    await tom.sees(f"The DECT network {name} was created")

    assert name in str((await screen.world.client.organization())["dectNetworks"])


async def test_an_activation_code_is_typed_in_on_the_phone_itself(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    owner, model = ("Jack Doyle", "8865") if screen.size.touch else ("Ivy Chen", "8845")

    await tom.say(f"activation code {model} for {owner.split()[0].lower()}@acme.example")
    await tom.press("Confirm", owner)
    issued = await tom.sees(re.compile(f"{GROUPED}.*{owner}", re.DOTALL))
    (code,) = re.findall(GROUPED, await issued.inner_text())
    phones = await screen.behind("Phones")
    for digit in code.replace(" ", ""):
        await phones.get_by_role("button", name=digit, exact=True).click()
    await phones.get_by_role("button", name="Start the phone").click()

    await expect(phones.get_by_role("status").first).to_have_text(
        f"Cisco {model} is registered for {owner}"
    )
    listed = phones.get_by_role("list", name="Simulated phones").get_by_role("listitem")
    await expect(listed.filter(has_text=f"{model}{owner}registered")).to_be_visible()
    await screen.picture("phones", DESKTOP)


async def test_an_engineer_makes_a_dect_network(screen: Screen):
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    name = f"Yard {screen.size.width}"

    await eli.say(f"create dect network {name} at Lyon")
    await eli.press("Continue", "Continue")
    await eli.press("Confirm", name)
    await eli.sees(f"The DECT network {name} was created in Lyon")


async def test_an_engineer_sets_up_a_dect_network_with_all_of_it(screen: Screen):
    name, width = f"Plant {screen.size.width}", screen.size.width % 100
    lines = [f"02:11:22:33:{width:02d}:01", "Lobby Lyon", "hugo@acme.example; ; Hugo DECT"]
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")

    await eli.say("\n".join([f"set up dect {name} at Lyon DBS110", *lines]))
    title = re.compile(f"Set up the DECT network {name} in Lyon: 1 base station and 2 handsets")
    plan = await eli.sees(title)
    await plan.get_by_role("button", name="Confirm").scroll_into_view_if_needed()
    await screen.picture("dect-plan", PHONE)
    await eli.press("Confirm", title)
    await eli.sees(f"✓ Set up the DECT network {name} in Lyon")
    await screen.picture("dect-result", PHONE)

    (network,) = [each for each in await screen.world.client.dect() if each["name"] == name]
    assert len(network["baseStations"]) == 1
    assert sorted(handset["name"] for handset in network["handsets"]) == ["Hugo DECT", "Lobby Lyon"]


async def test_a_technician_gets_the_pairing_sheet_of_a_dect_network(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")

    await tom.say("dect warehouse")
    shown = await tom.sees("3 lines registered")
    await expect(shown).to_contain_text("2 of 250")
    await screen.picture("dect", PHONE)
    await tom.press("Pairing sheet", "3 lines registered")
    sheet = await tom.sees("The pairing sheet of Warehouse DECT, with 5 handsets.")
    await expect(sheet).to_contain_text("Warehouse-DECT-handsets.html")


async def test_a_phone_is_deleted_after_approval(screen: Screen):
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
    await tom.sees("Kim Larsen was deleted")


async def test_a_tag_is_set_and_undone(screen: Screen):
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


async def test_a_broken_phone_is_swapped_and_put_back(screen: Screen):
    old, new = mac(screen, 4), mac(screen, 5)
    bare = old.replace(":", "")
    await screen.world.client.place_phone(bare, "DMS Cisco 8845", ownerEmail="hugo@acme.example")
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")

    await tom.say(f"device {old}")
    await tom.press("Swap", old)
    form = await tom.sees("Swap phone")
    await tom.fill(form, mac=new)
    await tom.press("Continue", "Swap phone")
    await tom.sees(re.compile(f"Replace the Cisco 8845.*{new}", re.DOTALL))
    await screen.picture("swap", PHONE)
    await tom.press("Confirm", new)
    await tom.sees(f"{new} took the place of")

    await tom.press("Undo", f"{new} took the place of")
    await tom.press("Confirm", re.compile("Undo .*Replace the Cisco 8845", re.DOTALL))

    async def is_put_back() -> bool:
        return bool(await screen.world.devices(bare))

    await until(is_put_back, "the old phone was put back")
    assert await screen.world.devices(new.replace(":", "")) == []


async def test_many_phones_are_added_from_a_file(screen: Screen):
    people = ["bob", "kim", "lena", "erin"][screen.size.touch :]  # another count for each size
    names = [*people, "nobody"]
    macs = [mac(screen, number) for number in range(10, 10 + len(names))]
    rows = [f"{mac};8865;{name}@acme.example" for mac, name in zip(macs, names, strict=True)]
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")

    await eli.attach("floor-3.csv", "text/csv", "\n".join(["MAC;Model;Owner", *rows]).encode())
    await eli.region.get_by_role("button", name="Send", exact=True).click()
    wrong = f"Row {len(names) + 1}: I found no person"
    check = await eli.sees(wrong)
    await check.get_by_role("button", name="Confirm").scroll_into_view_if_needed()
    await screen.picture("list-check", PHONE)
    await eli.press("Confirm", wrong)
    await eli.sees(f"Added {len(people)} phones")
    await screen.picture("list-result", DESKTOP)

    found = [await screen.world.devices(mac.replace(":", "")) for mac in macs]
    assert [len(devices) for devices in found] == [1] * len(people) + [0]
