"""Replies on their way to the person."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.chat.message_text import MessageText
from bot.core.errors import WebexError
from bot.core.models.files import FileMessage
from bot.domain import error_messages
from bot.domain.operation import PrivateAnswer
from bot.requests.interaction import Reply
from cards import requests as request_cards

Replies: TypeAlias = tuple[Reply, ...]  # one for each command of a message, in order


def reply_with(answer: AdaptiveCard | str | FileMessage | PrivateAnswer) -> Reply:
    """The reply with the answer to a question."""
    if isinstance(answer, PrivateAnswer):
        return Reply(None, private=answer)
    return Reply(answer)


def prefaced(replies: Replies, sentence: str) -> Replies:
    """The replies, the first of them after this sentence and those before it."""
    if not replies or not sentence:
        return replies
    first, *others = replies
    preface = " ".join(filter(None, [sentence, first.preface]))
    return (replace(first, preface=preface), *others)


def one_by_one(replies: Replies) -> Replies:
    """Each message as a reply of its own: if one fails, those before it are not posted again."""
    return tuple(part for reply in replies for part in _parts(reply))


def _parts(reply: Reply) -> Iterator[Reply]:
    if reply.preface:
        yield Reply(reply.preface)
    for file in reply.files:
        yield Reply(file, to=reply.to)
    yield replace(reply, preface="", files=())


def with_names(reply: Reply, message: MessageText) -> Reply:
    """The reply with the names of the people whom the message mentions, not with their ids."""
    reply = replace(reply, files=tuple(_file_with_names(file, message) for file in reply.files))
    if isinstance(reply.answer, str):
        return replace(reply, answer=message.with_names(reply.answer))
    if isinstance(reply.answer, FileMessage):
        return replace(reply, answer=_file_with_names(reply.answer, message))
    if reply.answer is not None:
        message.put_names_on(reply.answer)
    return reply


def _file_with_names(file: FileMessage, message: MessageText) -> FileMessage:
    return file.model_copy(update={"text": message.with_names(file.text)})


def failure(error: WebexError) -> AdaptiveCard:
    """A card that says why Webex did not do it."""
    why, details = error_messages.for_person(error), error_messages.support_details(error)
    return request_cards.failure("That did not work", [why], footnote=details, buttons=[])
