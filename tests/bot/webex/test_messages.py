"""Deleting a message: one that is gone already counts as deleted; after a stray 404 it does not."""

from collections.abc import Mapping

import httpx
import pytest

from bot.core.errors import NotFound
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi
from tests.fake_http import fake_http

MESSAGE = {"id": "m", "personId": "p", "roomId": "r"}


def api(answers: Mapping[str, int]) -> MessagesApi:
    """The messages of a Webex that answers with these statuses, by method."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(answers[request.method], json=MESSAGE)

    return MessagesApi(Client(fake_http(answer), "https://webex.example/v1", FixedToken("bot")))


@pytest.mark.parametrize(
    ("created", "noted"),
    [
        ("2026-11-28T14:00:00.000Z", 1_795_874_400.0),
        ("2026-11-28T15:00:00+01:00", 1_795_874_400.0),
        (None, None),
        ("", None),
        ("soon", None),
        (7, None),
        ({}, None),
    ],
)
async def test_the_time_of_a_message_is_recorded_and_never_fails_it(created, noted):
    heard: list[float | None] = []
    carrier = fake_http(lambda _: httpx.Response(200, json=MESSAGE | {"created": created}))
    messages = MessagesApi(
        Client(carrier, "https://webex.example/v1", FixedToken("bot")), heard.append
    )
    assert await messages.post(text="Hello", room_id="r") == "m"
    assert heard == [noted]


@pytest.mark.parametrize("reading", [403, 404])
async def test_a_missing_message_counts_as_deleted(reading: int):
    await api({"DELETE": 404, "GET": reading}).delete("m")


async def test_a_stray_404_does_not_mean_that_a_message_is_deleted():
    with pytest.raises(NotFound):
        await api({"DELETE": 404, "GET": 200}).delete("m")
