"""Gathers every secret that crosses a sandbox's wire, so that each journey can look for its own.

A middleware like that of `tests.sandbox.contract_monitor`: it sees each request of the bot and its
answer before a fault alters it. What people typed arrives as the answer to a GET.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from weakref import finalize

from aiohttp import web

from sandbox.cloud import CLOUD, Cloud
from sandbox.errors import ApiError
from sandbox.server import OBSERVERS

TOKEN, REFRESH, CLIENT, CODE, PASSWORD, ACCESS_CODE = (
    "token", "refresh token", "client secret", "activation code", "password", "access code",
)  # fmt: skip
KINDS = (TOKEN, REFRESH, CLIENT, CODE, PASSWORD, ACCESS_CODE)
FIELDS = {
    "access_token": TOKEN, "refresh_token": REFRESH, "client_secret": CLIENT, "password": PASSWORD,
    "defaultAccessCode": ACCESS_CODE, "access_code": ACCESS_CODE,
}  # fmt: skip
SHORTEST = 4  # signs: what is shorter is a slip of the finger, and stands in many places by chance
_TYPED = re.compile(r"\bdect\b.*\bcode:?\s+(\d{4})\b", re.IGNORECASE)


@dataclass
class Seen:
    """The secrets of one cloud, by kind."""

    by_kind: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})

    def add(self, pairs: Iterator[tuple[str, str]]) -> None:
        """Kind and value."""
        for kind, value in pairs:
            if len(value) >= SHORTEST:
                self.by_kind[kind].add(value)

    def all(self) -> set[str]:
        """Of whatever kind."""
        return {value for values in self.by_kind.values() for value in values}


_SEEN: dict[int, Seen] = {}  # by the cloud's id: clouds have no hash


def seen(cloud: Cloud) -> Seen:
    """What crossed the wire of this cloud so far."""
    if id(cloud) not in _SEEN:
        _SEEN[id(cloud)] = Seen()
        finalize(cloud, _SEEN.pop, id(cloud))  # another cloud may get the same id
    return _SEEN[id(cloud)]


def sent(headers: Mapping[str, str], content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The secrets in a request: kind and value."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        yield TOKEN, token
    if content_type == "application/x-www-form-urlencoded":
        yield from _fields(dict(parse_qsl(body.decode("utf-8", "replace"))))
    else:
        yield from _fields(_decoded(body))


def answered(path: str, body: Any) -> Iterator[tuple[str, str]]:
    """The secrets in an answer."""
    yield from _fields(body)
    if isinstance(body, dict) and path.endswith("/devices/activationCode") and "code" in body:
        yield CODE, str(body["code"])
    if isinstance(body, dict) and isinstance(body.get("text"), str):
        yield from ((ACCESS_CODE, typed_code) for typed_code in _TYPED.findall(body["text"]))


def _fields(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in FIELDS and isinstance(inner, str):
                yield FIELDS[name], inner
            yield from _fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@web.middleware
async def observer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Note what is secret, and let it pass."""
    of_this = seen(request.app[CLOUD])
    # A form with files can be read once only, by whom it is for; the bot sends lists of devices.
    is_a_form = request.content_type.startswith("multipart/")
    body = b"" if is_a_form else await request.read()
    of_this.add(sent(request.headers, request.content_type, body))
    try:
        response = await handler(request)
    except ApiError as problem:
        of_this.add(answered(request.path, problem.body("")))
        raise
    if isinstance(response, web.Response) and response.content_type == "application/json":
        of_this.add(answered(request.path, _decoded(response.body or b"")))  # type: ignore[arg-type]  # our own answers are bytes
    return response


OBSERVERS.append(observer)
