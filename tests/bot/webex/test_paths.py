"""Ids that came from outside lead nowhere else, whatever is written in their place."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.core.errors import NotFound
from bot.core.models.dect import HandsetSettings, NetworkRef
from bot.core.models.webex import Owner, OwnerKind
from bot.webex.cache import Cache
from bot.webex.calling import CallingApi
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi
from bot.webex.paths import is_id, part
from tests.fake_http import fake_http

REAL = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8w-_MDEyMw=="
HALL, ANNS = NetworkRef("l1", "n1"), HandsetSettings(line1="p1", display_name="Ann")
NOT_IDS = [
    "",
    ".",
    "..",
    "../organizations/X",
    "..%2forganizations",
    "a/b",
    "a?b=c",
    "a#b",
    "a b",
    "a\\b",
    "a\n",
    "é",
    "me",
    "ME",
    "a" * 501,
]


class Asked:
    """A Webex that answers nothing and notes each path."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        client = Client(fake_http(self._answer), "https://api.example.test/v1", FixedToken("t"))
        self.calling = CallingApi(client, Cache(lambda: 0.0), None)
        self.messages = MessagesApi(client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return httpx.Response(404, json={"message": "No."})


CALLS: dict[str, Callable[[Asked, str], Awaitable[object]]] = {
    "device": lambda at, key: at.calling.device(key),
    "delete device": lambda at, key: at.calling.delete_device(key),
    "add tags": lambda at, key: at.calling.add_tags(key, ["a"]),
    "replace tags": lambda at, key: at.calling.replace_tags(key, ["a"]),
    "create dect network": lambda at, key: at.calling.dect.create_network(key, {}),
    "network": lambda at, key: at.calling.dect.network(NetworkRef("l1", key)),
    "location of a network": lambda at, key: at.calling.dect.handsets(NetworkRef(key, "n1")),
    "base station": lambda at, key: at.calling.dect.base_station(HALL, key),
    "handset": lambda at, key: at.calling.dect.handset(HALL, key),
    "delete base station": lambda at, key: at.calling.dect.delete_base_station(HALL, key),
    "delete handset": lambda at, key: at.calling.dect.delete_handset(HALL, key),
    "delete handsets": lambda at, key: at.calling.dect.delete_handsets(HALL, [key]),
    "update handset": lambda at, key: at.calling.dect.update_handset(HALL, key, ANNS),
    "networks of a person": lambda at, key: at.calling.dect.networks_of(
        Owner(kind=OwnerKind.PERSON, id=key, name="")
    ),
    "devices of a person": lambda at, key: at.calling.devices_of(
        Owner(kind=OwnerKind.PERSON, id=key, name="")
    ),
    "devices of a workspace": lambda at, key: at.calling.devices_of(
        Owner(kind=OwnerKind.WORKSPACE, id=key, name="")
    ),
    "bot: person": lambda at, key: at.messages.person(key),
    "bot: room": lambda at, key: at.messages.room(key),
    "bot: message": lambda at, key: at.messages.message(key),
    "bot: press": lambda at, key: at.messages.action(key),
    "bot: edit": lambda at, key: at.messages.edit(key, "room", "text"),
}


@pytest.mark.parametrize("text", NOT_IDS)
def test_only_an_id_becomes_part_of_a_path(text: str):
    assert not is_id(text)
    with pytest.raises(NotFound):
        part(text)


def test_an_id_of_webex_is_used_unchanged():
    assert part(REAL) == REAL


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("text", NOT_IDS)
async def test_no_call_is_made_with_an_invalid_id(call: str, text: str):
    at = Asked()
    with pytest.raises(NotFound):
        await CALLS[call](at, text)
    assert at.paths == []


@pytest.mark.parametrize("kind", OwnerKind)
@pytest.mark.parametrize("text", NOT_IDS)
async def test_an_owner_key_without_an_id_finds_nobody(kind: OwnerKind, text: str):
    at = Asked()
    assert await at.calling.owner(f"{kind}:{text}") is None
    assert at.paths == []


async def test_a_message_with_an_invalid_id_is_not_deleted():
    at = Asked()
    await at.messages.delete("../rooms/X")
    assert at.paths == []
