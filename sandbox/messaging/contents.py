"""Files of messages (docs/webex/messaging.md §3.8).

Scans that lock or reject a file are ordered as faults.
"""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from sandbox.chat_model import File
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint
from sandbox.errors import not_found
from sandbox.ids import key_of
from sandbox.int_parsing import parse_int
from sandbox.tokens import Token


async def get_content(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET and HEAD /contents/{contentId}: the file with its name, type and length."""
    file = _file_named(request.match_info["content_id"], cloud, token)
    headers = {
        "Content-Disposition": disposition(file.name, "attachment"),
        "Content-Type": file.content_type,
    }
    return web.Response(body=file.data, headers=headers)


def disposition(name: str, kind: str) -> str:
    """Return the Content-Disposition of a file; `kind` is ``attachment`` or ``inline``."""
    return f"{kind}; filename=\"{_ascii(name)}\"; filename*=UTF-8''{quote(name)}"


def _file_named(content_id: str, cloud: Cloud, token: Token) -> File:
    message_key, _, digits = key_of(content_id, "CONTENT").partition("/")
    message = cloud.chat.message_for(token.person_key, message_key)
    number = parse_int(digits)
    if number is None or number >= len(message.files):
        raise not_found()
    return message.files[number]


def _ascii(name: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)


ENDPOINTS: Final = [
    Endpoint("GET", "/contents/{content_id}", get_content, MESSAGING),
    Endpoint("HEAD", "/contents/{content_id}", get_content, MESSAGING),
]
