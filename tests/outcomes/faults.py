"""What goes wrong with a kind of call: for one call or a minute, before Webex does it or after."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx

from tests.outcomes.cloud import ADMIN, EVERY, NOBODY, Call, MemoryCloud, kind_of

HOLDS_FOR = 60.0  # seconds, of a fault that lasts
SLOW = 12.0  # seconds
RETRY_AFTER = 7  # seconds
STATUSES = (401, 403, 404, 409, 410, 423, 429, 500, 502, 503)
SHAPES = ("empty", "HTML", "{}", "truncated")
NAMES = (*map(str, STATUSES), *SHAPES, "slow")
BARE_POSTS = ("/handsets", "/applyChanges/invoke")  # a good answer to them may be empty
# After these nobody can tell from the answer whether the change was made.
VAGUE = ("500", "502", "503", *SHAPES)
PAGE = b"<html><body><h1>Something is wrong</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """`name` is a status, a shape or `slow`; `done`: Webex does it, only the answer is wrong."""

    name: str
    lasting: bool
    done: bool = False
    waits: bool = True  # 429 and 423 say for how long

    def __str__(self) -> str:
        parts = [self.name, "for a minute" if self.lasting else "once"]
        return ", ".join(
            [*parts, *["after it was done"] * self.done, *["no header"] * (not self.waits)]
        )

    def answer(self, real: httpx.Response | None, asked: bytes = b"") -> httpx.Response:
        """What replaces the real answer; a refusal echoes the request, as Webex does."""
        headers = {"content-type": "application/json", "trackingid": "T-fault"}
        if self.name.isdigit():
            if self.waits and self.name in ("423", "429"):
                headers["retry-after"] = str(RETRY_AFTER)
            body = {"message": f"Refused: {_values(asked)}", "trackingId": "T-fault"}
            return httpx.Response(
                int(self.name), headers=headers, content=json.dumps(body).encode()
            )
        if self.name == "HTML":
            headers["content-type"] = "text/html"
        return httpx.Response(200, headers=headers, content=self._shape(real))

    def _shape(self, real: httpx.Response | None) -> bytes:
        whole = (
            real.content
            if real and real.content
            else b'{"id": "Y2lzY29zcGFyazovL3Vz", "items": []}'
        )
        return {"empty": b"", "HTML": PAGE, "{}": b"{}", "truncated": whole[: len(whole) // 2]}[
            self.name
        ]


def _values(asked: bytes) -> str:
    """Every word of what a call carried."""
    try:
        body = json.loads(asked or b"{}")
    except ValueError:
        return asked.decode()
    return " ".join(value for value in body.values() if isinstance(value, str))


Deliver: TypeAlias = Callable[[], Awaitable[httpx.Response]]


@dataclass
class Weather(httpx.AsyncBaseTransport):
    """The transport between the bot and the cloud: notes the calls, and lets one fault strike."""

    cloud: MemoryCloud
    seen: list[Call] = field(default_factory=list)
    struck: int = 0  # calls that met the fault
    until: float = -1.0  # when it ends or ended
    _call: Call | None = None
    _fault: Fault | None = None

    def order(self, call: Call, fault: Fault) -> None:
        """From the next such call on."""
        self._call, self._fault = call, fault

    @property
    def over(self) -> bool:
        """Whether the fault struck, and does not any more."""
        return bool(self.struck) and asyncio.get_running_loop().time() >= self.until

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The cloud's answer, or that of the fault."""
        call = kind_of(request, self.cloud.token_of(request.headers))
        self.seen.append(call)

        async def deliver() -> httpx.Response:
            return await self.cloud.handle_async_request(request)

        fault = self._fault
        if fault is None or not self._is_meant(call) or not self._strikes(fault):
            return await deliver()
        return await _struck(fault, call, deliver, request.content)

    def _is_meant(self, call: Call) -> bool:
        return self._call is not None and call.is_one_of(self._call)

    def _strikes(self, fault: Fault) -> bool:
        now = asyncio.get_running_loop().time()
        if not self.struck:
            self.until = now + (HOLDS_FOR if fault.lasting else 0.0)
        strikes = now < self.until if fault.lasting else not self.struck
        self.struck += strikes
        if strikes and fault.name == "slow":
            self.until = max(self.until, now + SLOW)
        return strikes


async def _struck(fault: Fault, call: Call, deliver: Deliver, asked: bytes) -> httpx.Response:
    if fault.name == "slow":
        await asyncio.sleep(SLOW)
        return await deliver()
    # A read changes nothing: what is cut off is its real answer.
    real = (
        await deliver()
        if fault.done or (call.method == "GET" and not fault.name.isdigit())
        else None
    )
    return fault.answer(real, asked)


def faults_for(call: Call) -> list[Fault]:
    """All that can befall it; an outage of every call lasts."""
    if call.method == EVERY:
        return [Fault(name, lasting=True) for name in NAMES]
    faults = [Fault(name, lasting) for name in NAMES for lasting in (False, True)]
    faults += [Fault("429", lasting, waits=False) for lasting in (False, True)]
    asks = call.method == "GET" or call.path.endswith("/validateMacs/invoke")
    if call.token != NOBODY and not asks:
        faults += [Fault(name, lasting, done=True) for name in VAGUE for lasting in (False, True)]
    return [fault for fault in faults if not _is_a_yes(call, fault)]


def _is_a_yes(call: Call, fault: Fault) -> bool:
    """Webex confirms these by a 2xx without content, which looks like a wrong one."""
    is_bare = call.method == "DELETE" or (
        call.token == ADMIN and (call.method == "PUT" or call.path.endswith(BARE_POSTS))
    )
    return is_bare and call.method != "GET" and not fault.done and fault.name in ("empty", "{}")
