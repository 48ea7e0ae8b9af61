"""A Mercury client without a bot, for tests of the wire protocol."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from sandbox.server import Sandbox

DEVICES = "/wdm/api/v1/devices"


class MercurySocket:
    """An authorized socket of the bot."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws

    async def frame(self) -> dict[str, Any]:
        """Return the next frame."""
        message = await self.ws.receive(timeout=5)
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
        frame: dict[str, Any] = json.loads(message.data)
        return frame

    async def activity(self, verb: str) -> dict[str, Any]:
        """Return the next activity with that verb."""
        while True:
            data = (await self.frame())["data"]
            if data["activity"]["verb"] == verb:
                activity: dict[str, Any] = data["activity"]
                return activity

    async def close_code(self) -> int | None:
        """Read until the server closes."""
        while not self.ws.closed:
            await self.ws.receive(timeout=5)
        return self.ws.close_code


async def register(bot: ClientSession) -> dict[str, Any]:
    async with bot.post(DEVICES, json={"name": "test", "model": "python"}) as response:
        assert response.status == 200
        device: dict[str, Any] = await response.json()
        return device


@asynccontextmanager
async def open_socket(
    sandbox: Sandbox, bot: ClientSession, device: dict[str, Any], **query: str
) -> AsyncIterator[MercurySocket]:
    async with bot.ws_connect(device["webSocketUrl"], params=query) as ws:
        await authorize(ws, sandbox.cloud.bot_token)
        opened = MercurySocket(ws)
        greeting = await opened.frame()
        assert greeting["data"]["eventType"].startswith("mercury.")
        yield opened


async def authorize(ws: ClientWebSocketResponse, token: str) -> None:
    await ws.send_json({"id": "1", "type": "authorization", "data": {"token": f"Bearer {token}"}})
