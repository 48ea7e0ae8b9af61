"""Measure speed and memory of the sandbox: `.venv/bin/python bench/sandbox.py [messages]`.

A sandbox runs as a process of its own, with a bot's socket connected. Messages are posted over
keep-alive HTTPS connections, and all of them must come out of the socket. Prints one line of JSON:
start-up in seconds until it answers, messages a second (by the clock, and by the CPU time of the
sandbox, which is what one core of its own would give), and its memory in MiB before and after.
"""

import asyncio
import json
import os
import resource
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector

CONNECTIONS = 8
WARM_UP = 500
ROOM_OF = "tom@acme.example"
DEVICE = {"name": "bench", "deviceType": "DESKTOP", "model": "python"}
TICKS = os.sysconf("SC_CLK_TCK")


async def main(messages: int) -> None:
    """Start the sandbox, measure, and print the results."""
    before = time.perf_counter()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *sys.argv[2:], stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    ready = json.loads(await program.stdout.readline())
    started = time.perf_counter() - before
    try:
        measured = await measure(ready, program.pid, messages)
    finally:
        program.terminate()
        await program.wait()
    print(json.dumps({"ready_s": round(started, 3), **measured}))


async def measure(ready: dict[str, Any], pid: int, messages: int) -> dict[str, Any]:
    """Post, and count what comes out of the socket."""
    async with ClientSession() as http, http.get(f"{ready['controlUrl']}/env") as answer:
        env = await answer.json()
    trust = ssl.create_default_context(cafile=ready["caFile"])
    bearer = {"Authorization": f"Bearer {env['WEBEX_BOT_TOKEN']}"}
    connector = TCPConnector(ssl=trust, limit=CONNECTIONS)
    async with ClientSession(headers=bearer, connector=connector) as bot:
        wdm = ready["apiUrl"].removesuffix("/v1") + "/wdm/api/v1/devices"
        async with bot.post(wdm, json=DEVICE) as answer:
            device = await answer.json()
        async with bot.ws_connect(device["webSocketUrl"]) as ws:
            await greet(ws, env["WEBEX_BOT_TOKEN"])
            await post_and_hear(bot, ws, ready["apiUrl"], WARM_UP)
            memory, cpu, clock = rss(pid), cpu_seconds(pid), time.perf_counter()
            await post_and_hear(bot, ws, ready["apiUrl"], messages)
            return {
                "messages": messages,
                "per_second": round(messages / (time.perf_counter() - clock)),
                "per_cpu_second": round(messages / (cpu_seconds(pid) - cpu)),
                "rss_before_mib": memory,
                "rss_after_mib": rss(pid),
            }


async def greet(ws: ClientWebSocketResponse, token: str) -> None:
    """Authorize, and wait for the first frame."""
    await ws.send_json({"id": "1", "type": "authorization", "data": {"token": f"Bearer {token}"}})
    await ws.receive()


async def post_and_hear(
    bot: ClientSession, ws: ClientWebSocketResponse, api: str, count: int
) -> None:
    """Post messages; receive and acknowledge each."""
    left = iter(range(count))

    async def post() -> None:
        for number in left:
            body = {"toPersonEmail": ROOM_OF, "text": f"message {number}"}
            async with bot.post(f"{api}/messages", json=body) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()

    async with asyncio.TaskGroup() as group:
        group.create_task(hear(ws, count))
        for _ in range(CONNECTIONS - 1):
            group.create_task(post())


async def hear(ws: ClientWebSocketResponse, count: int) -> None:
    """Return when that many posts have arrived."""
    while count:
        frame = json.loads((await ws.receive()).data)
        await ws.send_json({"type": "ack", "messageId": frame["id"]})
        count -= frame["data"]["activity"]["verb"] == "post"


def rss(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000))
