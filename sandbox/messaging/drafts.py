"""Turn a request into a draft: JSON with a file's URL, or multipart with the file itself.

See docs/webex/messaging.md §3.5.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from yarl import URL

from sandbox.chat_model import Draft, File
from sandbox.endpoints import json_body
from sandbox.errors import bad_request
from sandbox.messaging.fields import reject_unknown_fields, text_field

FIELDS: Final = frozenset(
    {
        "roomId",
        "parentId",
        "toPersonId",
        "toPersonEmail",
        "text",
        "markdown",
        "html",
        "files",
        "attachments",
    }
)
MAX_FILE_BYTES: Final = 100 * 1024 * 1024
FETCH_SECONDS: Final = 10


async def read_draft(request: web.Request) -> tuple[Mapping[str, Any], Draft]:
    """Return the fields of the request and the draft they describe."""
    if request.content_type == "multipart/form-data":
        return await _from_multipart(request)
    body = await json_body(request)
    reject_unknown_fields(body, FIELDS)
    return body, draft_from_body(body, await _fetched(body.get("files")))


def draft_from_body(body: Mapping[str, Any], files: tuple[File, ...] = ()) -> Draft:
    """Return the draft that the fields of a body describe."""
    return Draft(
        text=text_field(body, "text"),
        markdown=text_field(body, "markdown"),
        html=text_field(body, "html"),
        parent=text_field(body, "parentId"),
        files=files,
        attachments=body.get("attachments") or None,
    )


async def _from_multipart(request: web.Request) -> tuple[Mapping[str, Any], Draft]:
    body, files = await read_form(request, "files")
    reject_unknown_fields(body, FIELDS - {"files", "attachments"})
    return body, draft_from_body(body, files)


async def read_form(
    request: web.Request, file_field: str
) -> tuple[dict[str, Any], tuple[File, ...]]:
    """Return the text fields of a form, and the files in its one file field."""
    try:
        form = await request.post()
    except ConnectionError as error:  # the client was killed in the middle of it
        raise bad_request("The connection broke.") from error
    files = tuple(_uploaded(part) for part in form.getall(file_field, []))
    return {name: value for name, value in form.items() if isinstance(value, str)}, files


def _uploaded(part: Any) -> File:
    if not isinstance(part, web.FileField):
        raise bad_request("The part 'files' must be a file.")
    data = part.file.read()
    part.file.close()
    return require_size(File(part.filename, part.content_type, data, state="pending"))


def require_size(file: File) -> File:
    """Return the file; 400 if it exceeds 100 MB."""
    if len(file.data) > MAX_FILE_BYTES:
        raise bad_request("A file may not exceed 100 MB.")
    return file


async def _fetched(files: Any) -> tuple[File, ...]:
    """Fetch the file at the one public URL that a JSON request may name."""
    if not files:
        return ()
    if not isinstance(files, list) or len(files) != 1 or not isinstance(files[0], str):
        raise bad_request("'files' must be a list of one URL.")
    if not files[0].startswith(("http://", "https://")):
        raise bad_request("The URL of the file is not valid.")
    return (require_size(await _download(URL(files[0]))),)


async def _download(url: URL) -> File:
    timeout = ClientTimeout(total=FETCH_SECONDS)
    try:
        async with (
            ClientSession(timeout=timeout, raise_for_status=True) as session,
            session.get(url) as response,
        ):
            name = PurePosixPath(url.path).name or "file"
            return File(name, response.content_type, await response.read(), state="pending")
    except (ClientError, TimeoutError) as error:
        raise bad_request("The file could not be fetched from its URL.") from error
