"""The bench counts the connections of the program that it measures, and no others."""

import asyncio
import ssl

from aiohttp import ClientSession, TCPConnector

from bench.stage import Place, bare_stage


def connecting(place: Place) -> ClientSession:
    connector = TCPConnector(ssl=ssl.create_default_context(cafile=place.cloud.ca_file))
    return ClientSession(connector=connector)


async def ask(client: ClientSession, place: Place) -> None:
    bearer = {"Authorization": f"Bearer {place.sandbox.env['WEBEX_BOT_TOKEN']}"}
    async with client.get(f"{place.sandbox.api_url}/people/me", headers=bearer) as answer:
        assert answer.status == 200
        await answer.read()


async def test_calls_one_after_the_other_share_a_connection():
    async with bare_stage() as place, connecting(place) as client:
        for _ in range(3):
            await ask(client, place)

        assert (place.connections.most, place.connections.made) == (1, 1)


async def test_calls_at_the_same_time_have_one_each_and_closed_ones_do_not_count():
    async with bare_stage() as place:
        with place.trouble(what="slow", latency=0.2, times=0):
            for _ in range(2):
                async with connecting(place) as client:
                    await asyncio.gather(*(ask(client, place) for _ in range(3)))

        assert (place.connections.most, place.connections.made) == (3, 6)


async def test_another_sandbox_does_not_count():
    async with bare_stage() as place, bare_stage() as other, connecting(other) as client:
        await ask(client, other)

        assert (place.connections.made, other.connections.made) == (0, 1)


async def test_the_connection_of_a_registration_does_not_count():
    async with bare_stage() as place, connecting(place) as client:
        async with client.get(place.sandbox.u2c_url) as answer:
            await answer.read()

        assert (place.connections.most, place.connections.made) == (0, 0)
