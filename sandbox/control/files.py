"""Files of messages for the page, which has no token and so cannot call `/contents` itself."""

import mimetypes
from typing import Any, Final

from aiohttp import web

from sandbox.chat_model import File, Message
from sandbox.cloud import Cloud
from sandbox.control.fields import number_from, person_from
from sandbox.endpoints import NO_TOKEN, Endpoint
from sandbox.errors import not_found
from sandbox.ids import key_of
from sandbox.messaging.contents import disposition
from sandbox.messaging.fields import required_text
from sandbox.tokens import Token

UNKNOWN: Final = "application/octet-stream"
# Types that a browser shows without running scripts in them. All others are only downloaded.
SHOWN: Final = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "text/plain": "text/plain; charset=utf-8",
    "text/csv": "text/plain; charset=utf-8",
}
# Uploads share the page's origin and must not act on its behalf.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


async def get_file(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/files?person=&messageId=&number=&save=1: show or (``save``) download a file."""
    person = person_from(request.query, cloud)
    key = key_of(required_text(request.query, "messageId"), "MESSAGE")
    message = cloud.chat.message_for(person.key, key)
    number = int(number_from(request.query, "number"))
    if not 0 <= number < len(message.files):
        raise not_found("The message has no such file.")
    return _sent(message.files[number], save="save" in request.query)


def _sent(file: File, *, save: bool) -> web.Response:
    shown_as = None if save else SHOWN.get(_kind(file))
    headers = HEADERS | {
        "Content-Type": shown_as or UNKNOWN,
        "Content-Disposition": disposition(file.name, "inline" if shown_as else "attachment"),
    }
    return web.Response(body=file.data, headers=headers)


def _kind(file: File) -> str:
    """Return the declared type without parameters; without a declared type, guess from the name."""
    declared = file.content_type.partition(";")[0].strip().lower()
    if declared and declared != UNKNOWN:
        return declared
    return mimetypes.guess_type(file.name)[0] or UNKNOWN


def file_facts(message: Message) -> list[dict[str, Any]]:
    """Return the facts that HEAD would give a client: [{name, contentType, bytes}], in order."""
    return [
        {"name": file.name, "contentType": _kind(file), "bytes": len(file.data)}
        for file in message.files
    ]


ENDPOINTS: Final = [Endpoint("GET", "/files", get_file, NO_TOKEN)]
