"""Downloads the files that people send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from bot.chat.files import SentFile, sent_file
from bot.core import logs, retry
from bot.core.errors import RateLimited, Refused, WebexError
from bot.core.models.files import FileFacts
from bot.webex.messaging import MessagesApi

log = logs.get_logger("files")

TOO_LARGE = (
    "{file} has more than {limit}. Nothing was changed. Please send only the rows and columns that"
    " you need."
)
PICTURE_TOO_LARGE = (
    "{file} has more than {limit}. Nothing was changed. Please send a smaller picture, or cut out"
    " the label."
)
# By status; docs/webex/messaging.md §3.8.
LIST: Mapping[int, str] = {
    HTTPStatus.LOCKED: (
        "Webex is still scanning {file} for viruses, so I cannot read it yet. Nothing was changed."
        " Please send it again in a few minutes."
    ),
    HTTPStatus.GONE: (
        "Webex removed {file}, because it found a virus in it or somebody deleted it. Nothing was"
        " changed. Please check the file before you send it again."
    ),
    HTTPStatus.PRECONDITION_REQUIRED: (
        "Webex cannot scan {file} for viruses, perhaps because of a password, so I did not open it."
        " Nothing was changed. Please save it without a password, or as CSV, and send that file."
    ),
    HTTPStatus.NOT_FOUND: (
        "I cannot find {file}; perhaps it was deleted. Nothing was changed. Please send it again."
    ),
    HTTPStatus.FORBIDDEN: (
        "Webex does not let me read {file}. Nothing was changed. Files may be switched off for me"
        " in this space or in your organization: send it to me in a direct message, or ask your"
        " Webex administrator."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TOO_LARGE,
}
PICTURE = {
    **LIST,
    HTTPStatus.PRECONDITION_REQUIRED: (
        "Webex cannot scan {file} for viruses, so I did not open it. Nothing was changed. Please"
        " take a new picture, and send that one."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: PICTURE_TOO_LARGE,
}


# Of a file whose name Webex does not tell: it may be a list or a picture.
UNNAMED = {
    **LIST,
    HTTPStatus.PRECONDITION_REQUIRED: (
        "Webex cannot scan {file} for viruses, so I did not open it. Nothing was changed. Please"
        " send a new picture, or the list without a password or as CSV."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "{file} has more than {limit}. Nothing was changed. Please send a smaller picture, or only"
        " the rows and columns of the list that you need."
    ),
}


@dataclass(frozen=True)
class ReceivedFile:
    """A file that somebody sent, as it is described with its content, and its bytes."""

    file: SentFile
    content: bytes = field(repr=False)


async def download(
    messages: MessagesApi,
    file: SentFile,
    max_bytes: int,
    sentences: Mapping[int, str] = LIST,
    *,
    on_scan: Callable[[], None] = lambda: None,
) -> ReceivedFile:
    """The content of a file; waits up to a minute while Webex scans it. `sentences` are by status,
    for a file with a name.

    `on_scan` is called each time that Webex says that it scans the file.

    Refused with a sentence if Webex does not give it, or if it has more bytes. WebexError if Webex
    does not answer, or limits the rate for too long.
    """
    sentences = sentences if file.name else UNNAMED
    if file.size is not None and file.size > max_bytes:
        too_large = sentences[HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
        raise Refused(_filled(too_large, file, max_bytes))
    fetch = partial(_fetch, messages, file, max_bytes, on_scan)
    try:
        content, facts = await retry.run(retry.DOWNLOAD, fetch)
    except WebexError as error:
        log.info("file_not_read", status=error.status, tracking_id=error.tracking_id)
        sentence = sentences.get(error.status)
        if sentence is None:
            raise
        raise Refused(_filled(sentence, file, max_bytes)) from error
    received = sent_file(file.url, facts)
    return ReceivedFile(received if received.name else file, content)


async def _fetch(
    messages: MessagesApi, file: SentFile, max_bytes: int, on_scan: Callable[[], None]
) -> tuple[bytes, FileFacts]:
    try:
        return await messages.file_content(file.url, max_bytes)
    except RateLimited as error:
        if error.status == HTTPStatus.LOCKED:
            on_scan()
        raise


def _filled(sentence: str, file: SentFile, max_bytes: int) -> str:
    text = sentence.format(file=file.described, limit=f"{max_bytes / 1_048_576:.3g} MB")
    return text[0].upper() + text[1:]
