"""Downloads the files that people send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from bot.chat.files import SentFile, sent_file
from bot.core import logs, retry
from bot.core.errors import Refused, WebexError
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
) -> ReceivedFile:
    """The content of a file; waits up to a minute while Webex scans it. `sentences` are by status.

    Refused with a sentence if Webex does not give it, or if it has more bytes. WebexError if Webex
    does not answer, or limits the rate for too long.
    """
    if file.size is not None and file.size > max_bytes:
        too_large = sentences[HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
        raise Refused(_filled(too_large, file, max_bytes))
    fetch = partial(messages.file_content, file.url, max_bytes)
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


def _filled(sentence: str, file: SentFile, max_bytes: int) -> str:
    text = sentence.format(file=file.described, limit=f"{max_bytes / 1_048_576:.3g} MB")
    return text[0].upper() + text[1:]
