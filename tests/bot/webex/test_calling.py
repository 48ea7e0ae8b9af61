"""Models and locations as `CallingApi` reads them, its cache, and unsafe text."""

import pytest

from bot.core.errors import Forbidden
from bot.core.models.webex import Location, Owner, OwnerKind
from bot.webex.calling import MODELS_LIFETIME
from bot.webex.owners import OWNERS_LIFETIME
from tests.bot.webex.organization import ANN, LOBBY, Organization


async def test_models_are_read():
    rows = [
        {
            "model": "DMS Cisco 8845",
            "displayName": "Cisco 8845",
            "type": "MPP",
            "supportedFor": ["PEOPLE"],
            "onboardingMethod": ["MAC_ADDRESS"],
        },
        {"model": "Bare"},
        {"displayName": "no model"},
    ]
    org = Organization(telephony__config__supportedDevices={"devices": rows})
    first, bare = await org.calling.models()
    assert (set(first.supported_for), set(first.onboarding)) == ({"PEOPLE"}, {"MAC_ADDRESS"})
    # Where it is not said whom a model is for, Webex decides; without a method nothing is offered.
    assert (set(bare.supported_for), set(bare.onboarding)) == ({"PEOPLE", "PLACE"}, set())
    assert bare.display_name == "Bare"


async def test_answers_are_cached_for_their_lifetime():
    org = Organization(telephony__config__supportedDevices={"devices": []})
    for _ in range(3):
        await org.calling.models()
        await org.calling.owner("PEOPLE:p1")
    assert (org.times("/telephony/config/supportedDevices"), org.times("/people/p1")) == (1, 1)
    org.now += OWNERS_LIFETIME
    await org.calling.owner("PEOPLE:p1")
    org.now += MODELS_LIFETIME
    await org.calling.models()
    assert (org.times("/telephony/config/supportedDevices"), org.times("/people/p1")) == (2, 2)


async def test_other_refusals_are_raised():
    with pytest.raises(Forbidden):
        await Organization(locations=403).calling.locations()


async def test_a_location_without_a_time_zone_has_none():
    org = Organization(locations={"items": [{"id": "l9", "name": "X"}]})
    assert await org.calling.locations() == [Location(id="l9", name="X", time_zone="")]


ODD = "Hall\x1b]0;pwned\x07\u202e\u200b\x1b[31m\nB"


@pytest.mark.parametrize(
    ("answers", "ask"),
    [
        (
            {"locations": {"items": [{"id": "l1", "name": ODD, "timeZone": ODD}]}},
            lambda c: c.locations(),
        ),
        (
            {
                "telephony__config__supportedDevices": {
                    "devices": [
                        {
                            "model": ODD,
                            "displayName": ODD,
                            "type": ODD,
                            "manufacturer": ODD,
                            "managedBy": ODD,
                        }
                    ]
                }
            },
            lambda c: c.models(),
        ),
        (
            {
                "telephony__config__dectNetworks": {
                    "dectNetworks": [{"id": "n1", "name": ODD, "displayName": ODD, "model": ODD}]
                }
            },
            lambda c: c.dect.networks(),
        ),
        (
            {
                "devices": {
                    "items": [
                        {
                            "id": "d1",
                            "displayName": ODD,
                            "product": ODD,
                            "mac": ODD,
                            "serial": ODD,
                            "connectionStatus": ODD,
                            "tags": [ODD],
                            "type": ODD,
                            "ip": ODD,
                            "software": ODD,
                            "lastSeen": ODD,
                        }
                    ]
                }
            },
            lambda c: c.devices(),
        ),
        (
            {
                "telephony__config__people__p1__devices": {
                    "devices": [{"id": "d1", "model": ODD, "mac": ODD}]
                }
            },
            lambda c: c.devices_of(Owner(kind=OwnerKind.PERSON, id="p1", name="")),
        ),
        (
            {"people__p1": ANN | {"displayName": ODD, "emails": [ODD]}},
            lambda c: c.owner("PEOPLE:p1"),
        ),
        (
            {"workspaces__w1": LOBBY | {"displayName": ODD, "calling": {"type": ODD}}},
            lambda c: c.owner("PLACE:w1"),
        ),
        (
            {
                "telephony__config__devices__actions__validateMacs__invoke": {
                    "macStatus": [{"mac": "D82E3EEF4E5C", "state": "INVALID", "message": ODD}]
                }
            },
            lambda c: c.mac_state("D82E3EEF4E5C"),
        ),
    ],
    ids=[
        "locations",
        "models",
        "dect networks",
        "devices",
        "owned devices",
        "person",
        "workspace",
        "mac",
    ],
)
async def test_text_of_an_answer_cannot_control_a_terminal(answers, ask):
    shown = str(await ask(Organization(**answers).calling))
    assert "Hall" in shown or "hall" in shown
    assert not {"\x1b", "\x07", "\u202e", "\u200b", "\n"} & set(shown)
    assert not any(mark in shown for mark in ("\\x1b", "\\x07", "\\u202e", "\\u200b", "\\n"))
