"""The tab DECT of the page: base stations are plugged in, and handsets are paired with a code."""

import re

import pytest
from playwright.async_api import Locator, expect

from sandbox.organization.dect import create_network
from sandbox.organization.dect_handsets import HandsetRequest, add_handset
from sandbox.organization.dect_stations import add_base_station
from sandbox.organization.entities import DectNetwork, Member
from tests.browser.page_driver import Screen
from tests.sandbox.organization import location_key, person

pytestmark = pytest.mark.asyncio(loop_scope="package")

WRONG_CODE = "This access code is not right. The handset was not paired."


def network(screen: Screen, name: str, code: str) -> DectNetwork:
    """Return a new network in Lyon with a base station, and handsets of Hugo and Kim."""
    org = screen.world.sandbox.cloud.organization
    body = {
        "name": name,
        "displayName": "",
        "model": "DMS Cisco DBS210",
        "defaultAccessCodeEnabled": True,
        "defaultAccessCode": code,
    }
    hall = create_network(org, location_key(org, "Lyon"), body)
    add_base_station(org, hall, base_mac(screen))
    for mailbox, shown in (("hugo", "Hugo"), ("kim", "Kim")):
        member = Member("person", person(org, mailbox).key)
        add_handset(org, hall, HandsetRequest(member, None, shown))
    return hall


def base_mac(screen: Screen) -> str:
    """Return an address of its own for each size."""
    return f"00005E005F{screen.size.width % 100:02d}"


def row(pane: Locator, name: str, text: str) -> Locator:
    """Return the row with that text in the list of that name."""
    return pane.get_by_role("list", name=name).get_by_role("listitem").filter(has_text=text)


async def test_a_base_station_is_plugged_in_and_a_handset_is_paired(screen: Screen):
    name, code = f"Hall {screen.size.name}", f"00{screen.size.width % 100:02d}"
    hall = network(screen, name, code)
    await screen.open("tom/provbot")
    pane = await screen.behind("DECT")
    says = pane.get_by_role("form").get_by_role("status")
    base = row(pane, f"Base stations of {name}", "Base station")
    await expect(base).to_contain_text("not plugged in")

    await base.get_by_role("button", name="Plug in base station").click()
    await expect(base).to_contain_text("online")
    near = pane.get_by_role("combobox", name="Base station")
    await near.select_option(label=f"{name} · {spaced(base_mac(screen))}")
    await pane.get_by_role("combobox", name="Handset").select_option(label="Kim · Kim Larsen")
    box = pane.get_by_role("textbox", name="Access code")
    await box.fill("9999")
    await pane.get_by_role("button", name="Pair the handset").click()
    await expect(says).to_have_text(WRONG_CODE)
    await box.fill(code)
    await pane.get_by_role("button", name="Pair the handset").click()

    await expect(says).to_have_text("Kim is registered for Kim Larsen")
    kim = row(pane, f"Handsets of {name}", "Kim Larsen")
    await expect(kim.get_by_text("registered")).to_be_visible()
    await expect(row(pane, f"Handsets of {name}", "Hugo Petit")).to_contain_text("not paired")
    await expect(base).to_contain_text("1 line registered")
    states = {handset.name: bool(handset.base_key) for handset in hall.handsets.values()}
    assert states == {"Hugo": False, "Kim": True}

    await base.get_by_role("button", name="Unplug base station").click()
    await expect(base).to_contain_text("not plugged in")
    await expect(kim).to_contain_text("looking for a base station")


async def test_without_a_code_or_a_base_station_the_handset_says_what_is_missing(screen: Screen):
    await screen.open("tom/provbot")
    pane = await screen.behind("DECT")
    says = pane.get_by_role("form").get_by_role("status")
    button = pane.get_by_role("button", name="Pair the handset")

    await button.click()
    await expect(says).to_have_text("Enter the access code first")
    for mac in ("0011223366D1", "0011223366D2"):
        await screen.world.client.switch_base(mac, online=False)
    await expect(pane.get_by_role("combobox", name="Base station")).to_have_text(
        "No base station is online"
    )
    await button.click()
    await expect(says).to_have_text("Plug in a base station first, and wait until it is online")

    for mac in ("0011223366D1", "0011223366D2"):
        await screen.world.client.switch_base(mac, online=True)
    handset = row(pane, "Handsets of Warehouse DECT", "Eli Novak")
    await expect(handset.get_by_text("registered")).to_be_visible()


def spaced(mac: str) -> str:
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


async def test_an_engineer_sets_up_a_network_and_pairs_its_handset(screen: Screen):
    name, owner = f"Attic {screen.size.width}", "Kim Larsen"
    code, mac = f"11{screen.size.width % 100:02d}", f"00005E005E{screen.size.width % 100:02d}"
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    await eli.say(f"set up dect {name} at Lyon")
    form = await eli.sees("Continue")
    model = "DBS210 · up to 250 base stations and 1000 lines"
    await eli.fill(form, Model=model)
    await eli.fill(form, Access_code=code, Base_stations=mac, Handsets="kim@acme.example; ; Loft")
    await form.get_by_role("button", name="Continue").click()
    await eli.press("Confirm", f"Set up the DECT network {name}")
    await eli.sees(f"✓ Set up the DECT network {name} in Lyon: 1 base station and 1 handset")

    pane = await screen.behind("DECT")
    base = row(pane, f"Base stations of {name}", "Base station")
    await base.get_by_role("button", name="Plug in base station").click()
    await expect(base).to_contain_text("online")
    near = pane.get_by_role("combobox", name="Base station")
    await near.select_option(label=f"{name} · {spaced(mac)}")
    await pane.get_by_role("textbox", name="Access code").fill(code)
    await pane.get_by_role("button", name="Pair the handset").click()

    says = pane.get_by_role("form").get_by_role("status")
    await expect(says).to_have_text(f"Loft is registered for {owner}")
    await screen.close_panel()
    await eli.say(f"dect {name}")
    await eli.sees(re.compile(f"Loft.*{owner}", re.DOTALL))
