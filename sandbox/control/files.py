"""Files of messages for the page, which holds no token and so cannot ask `/contents` itself."""

import mimetypes
from typing import Any, Final

from aiohttp import web

from sandbox.chat_model import File, Message
from sandbox.cloud import Cloud
from sandbox.control.fields import number_in, person_in
from sandbox.endpoints import NO_TOKEN, Endpoint
from sandbox.ids import key_of
from sandbox.messaging.contents import disposition
from sandbox.messaging.fields import required_text
from sandbox.problems import not_found
from sandbox.tokens import Token

UNKNOWN: Final = "application/octet-stream"
# What a browser shows without running anything that stands in it. The rest is only saved.
SHOWN: Final = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "text/plain": "text/plain; charset=utf-8",
    "text/csv": "text/plain; charset=utf-8",
}
# Whatever was uploaded shares the page's address, and must not act in its name.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


async def get_file(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/files?person=&messageId=&number=&save=1: a file, to look at or (``save``) to keep."""
    person = person_in(request.query, cloud)
    key = key_of(required_text(request.query, "messageId"), "MESSAGE")
    message = cloud.chat.message_for(person.key, key)
    number = int(number_in(request.query, "number"))
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
    """The declared type without its parameters; what declares nothing is judged by its name."""
    declared = file.content_type.partition(";")[0].strip().lower()
    if declared and declared != UNKNOWN:
        return declared
    return mimetypes.guess_type(file.name)[0] or UNKNOWN


def file_facts(message: Message) -> list[dict[str, Any]]:
    """What a client would ask for by HEAD: [{name, contentType, bytes}] in order."""
    return [
        {"name": file.name, "contentType": _kind(file), "bytes": len(file.data)}
        for file in message.files
    ]


ENDPOINTS: Final = [Endpoint("GET", "/files", get_file, NO_TOKEN)]
