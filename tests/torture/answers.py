"""Whether everything that people said and pressed was heard, and answered where they see it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from math import inf

from tests.torture import following_checks, strangers
from tests.torture.records import ENDS, LEADER_LOST, Break, Deed, Finding, Json, Post, Record

AROUND = 3.0  # seconds: a frame that was sent just before the socket broke went down with it
# Seconds after the database can be written again in which what was received meanwhile is stored.
STORED_WITHIN = 20.0
REPEAT = 60.0  # seconds in which the same answer to the same press is given once
TOKEN = re.compile(r"zz[0-9]+")
CODE = re.compile(r"\b[34679ACDEFGHJKMNPQRTWXY]{4}\b")
COMPLETES = re.compile(r"for \S+@\S+$")  # what a form lacked
WAITS = "is waiting for an approver."  # so ends the answer to a Confirm that comes late
AWAY, LOST_PRESS = "I was away", "If you pressed a button of "
# What the bot says by itself answers nobody.
NO_ANSWER = (
    "⏳",
    "⏰",
    AWAY,
    "You asked ",
    "Hello, I am provbot",
    "The check of ",  # a file beside the answer
    "The result of ",
)  # nor what the lists below say
NEWS = re.compile(
    r"[0-9A-Z]{4}(: Webex did not say| is (done|not done|not certain( yet)?"
    r"|(partly done|stopped)( \(\d+ of \d+ done\))?):)"
)


@dataclass(frozen=True)
class Answer:
    """A post and what it can be an answer to; to anything, where it names nothing."""

    post: Post
    about: frozenset[str]


def check(record: Record) -> Iterator[Finding]:
    """Lost: what never came in. Unanswered: what came in and was not answered."""
    events = {str(row["id"]): row for row in record.events}
    yield from _unannounced(record)
    for deed in record.deeds:
        row = events.get(deed.key)
        if row is None and not _excused(deed, record):
            yield Finding("lost", deed.key, _words(deed))
        if row is not None and row["handled_at"] is None:
            yield Finding("unanswered", deed.key, f"not handled: {_words(deed)}")
    heard = [
        earlier
        for earlier in record.deeds
        if earlier.key in events and earlier.key not in record.withdrawn
    ]
    owed = [
        asked
        for asked in heard
        if not strangers.is_one(asked.person, _until(asked, events), record)
    ]
    yield from _unanswered(owed, record, events)
    yield from _ends_untold(record)


def _until(deed: Deed, events: dict[str, Json]) -> float:
    """When it was answered: who is on no list by then need not be."""
    return float(events[deed.key]["handled_at"] or deed.at)


def _excused(deed: Deed, record: Record) -> bool:
    """A message can be fetched afterwards, a press cannot (docs/webex/messaging.md §5 item 7)."""
    if deed.verb == "said":
        return deed.key in record.withdrawn
    if not deed.online or any(_within(deed, interruption) for interruption in record.breaks):
        return True
    return _died_unstored(deed, record) is not None


def _died_unstored(deed: Deed, record: Record) -> Break | None:
    """The end of the process that had received a press and could not store it."""
    spans = [each for each in (*record.hindered, *record.unstored) if _within(deed, each)]
    if deed.verb != "pressed" or not spans:
        return None
    until = max(span.until for span in spans) + STORED_WITHIN
    ends = (each for each in record.breaks if each.why in ENDS and deed.at <= each.since <= until)
    return min(ends, key=lambda each: each.since, default=None)


def _within(deed: Deed, interruption: Break) -> bool:
    return interruption.since - AROUND <= deed.at <= interruption.until + AROUND


def _unannounced(record: Record) -> Iterator[Finding]:
    """A press that was lost in a long silence, or with a process: people are told so afterwards."""
    heard = {str(row["id"]) for row in record.events}
    notes = [post for post in record.posts if LOST_PRESS in post.text]
    shown = {(post.room, post.request): post for post in record.posts if post.request}
    rows = {str(row["code"]): row for row in record.requests}
    for deed in record.deeds:
        breaks = (each for each in record.breaks if each.is_long and _inside(deed, each))
        long = next(breaks, None) or _died_unstored(deed, record)
        row = rows.get(deed.request)
        if long is None or row is None or deed.key in heard or not _was_open(row, long.until):
            continue
        card = shown.get((deed.room, deed.request))  # else it was crafted far from any card
        if card and not any(_tells(post, deed, long.until) for post in notes):
            yield Finding("lost", deed.key, f"and nobody said so: {_words(deed)}")


def _inside(deed: Deed, interruption: Break) -> bool:
    # A socket of a leader that is frozen is still there.
    is_away = not deed.online or interruption.why in LEADER_LOST
    return deed.verb == "pressed" and is_away and interruption.since < deed.at < interruption.until


def _was_open(row: Json, at: float) -> bool:
    """Whether its cards could still be pressed: it has not moved since, or only afterwards."""
    return bool(row["card_id"]) and row["created_at"] < at and row["state"] in ("draft", "waiting")


def _tells(post: Post, deed: Deed, since: float) -> bool:
    # Of many requests the newest are named and the others counted.
    named = deed.request in post.text or re.search(r"or \d+ other requests?\b", post.text)
    return (
        LOST_PRESS in post.text and bool(named) and post.room == deed.room and post.at >= since - 1
    )


def _unanswered(heard: list[Deed], record: Record, events: dict[str, Json]) -> Iterator[Finding]:
    asked = {str(row["event_id"]): str(row["code"]) for row in record.requests}
    codes = frozenset(asked.values())
    answers = _answers(record, codes)
    rooms: defaultdict[str, list[tuple[Deed, str]]] = defaultdict(list)
    for deed in heard:
        if not _in_thread(deed, answers[deed.room]):
            rooms[deed.room].append((deed, _bucket(deed, asked, codes)))
    needless = _repeated(heard, record, events) | _told_otherwise(rooms, answers, record)
    for room, deeds in rooms.items():
        # What needs no answer comes last, or it would take the one that another needs.
        deeds.sort(key=lambda asked: (asked[0].verb != "said", asked[0].key in needless))
        for deed, bucket in _left_over(deeds, answers[room]):
            if deed.key not in needless:
                yield Finding("unanswered", deed.key, f"{bucket} {_words(deed)}")


def _told_otherwise(
    rooms: Mapping[str, list[tuple[Deed, str]]],
    answers: Mapping[str, list[Answer]],
    record: Record,
) -> set[str]:
    """What is answered elsewhere, or by the answer to something else."""
    homes = {deed.person_key: deed.room for deed in record.deeds if deed.direct}
    told = set()
    for deed, bucket in chain.from_iterable(rooms.values()):
        home = [] if deed.direct else answers.get(homes.get(deed.person_key, ""), [])
        here = answers.get(deed.room, [])
        if _is_told_alone(deed, bucket, home) or _was_stopped(deed, here, record):
            told.add(deed.key)
    return told


def _is_told_alone(deed: Deed, bucket: str, home: list[Answer]) -> bool:
    """A press in a space that concerns only the one who pressed is answered to them alone."""
    named = (answer for answer in home if bucket in answer.about or not (bucket or answer.about))
    return deed.verb == "pressed" and any(answer.post.at >= deed.at for answer in named)


def _was_stopped(deed: Deed, answers: list[Answer], record: Record) -> bool:
    """A run that was stopped before it began, or sent anything: the answer to `stop` tells its end.

    Then Confirm has no result of its own.
    """
    row = record.cancelled.get(deed.request)
    if row is None or deed.inputs.get("press") != "confirm":
        return False
    was_sent = any(step["attempts"] for step in record.journal[deed.request])
    ended = float(row["changed_at"])
    told = any(deed.request in each.about and each.post.at >= ended for each in answers)
    return told and not was_sent


def _repeated(heard: list[Deed], record: Record, events: dict[str, Json]) -> set[str]:
    """The same button pressed again within a minute need not get the same answer again.

    The requester's first press does something, so the second gets an answer of its own: unless the
    bot ended after it had done that, and at the next start answered as if the press had come late;
    or did so because the database failed meanwhile.
    """
    requesters = {str(row["code"]): str(row["requester_email"]) for row in record.requests}
    presses: defaultdict[tuple[str, ...], list[Deed]] = defaultdict(list)
    repeated = set()
    for deed in sorted(heard, key=lambda each: each.at):
        if deed.verb == "pressed":
            earlier = presses[_button(deed, requesters)]
            acts = requesters.get(deed.request) == deed.person
            cut = any(
                _was_interrupted(each, record, events) or _waited_meanwhile(each, record, events)
                for each in earlier
            )
            answered = 2 if acts and not cut else 1
            if len(earlier) >= answered and deed.at - earlier[-1].at < REPEAT:
                repeated.add(deed.key)
            earlier.append(deed)
    return repeated


def _was_interrupted(deed: Deed, record: Record, events: dict[str, Json]) -> bool:
    """Whether the bot was away between a press and its answer."""
    return any(deed.at <= each.since <= _until(deed, events) for each in record.breaks)


def _waited_meanwhile(deed: Deed, record: Record, events: dict[str, Json]) -> bool:
    """Whether the database failed between a Confirm and its answer, which tells what waits then."""
    until = _until(deed, events)
    failed = [each.since for each in record.hindered if deed.at <= each.since <= until]
    return any(
        post.room == deed.room
        and post.text == f"{deed.request} {WAITS}"
        and min(failed, default=inf) <= post.at <= until
        for post in record.posts
    )


def _button(deed: Deed, requesters: dict[str, str]) -> tuple[str, ...]:
    """What tells one press of a person from another; all that name no request get one answer."""
    if deed.request not in requesters:
        return (deed.verb, deed.person_key)
    return (deed.verb, deed.person_key, deed.request, str(deed.inputs.get("press")))


def _answers(record: Record, codes: frozenset[str]) -> defaultdict[str, list[Answer]]:
    """What the bot said in each room that can be an answer."""
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for post in filter(_is_answer, record.posts):
        answers[post.room].append(Answer(post, _about(post, codes)))
    return answers


def _is_answer(post: Post) -> bool:
    own_accord = bool(post.text.startswith(NO_ANSWER) or NEWS.match(post.text))
    return not (own_accord or following_checks.is_news(post)) and "Approve" not in post.buttons


def _about(post: Post, codes: frozenset[str]) -> frozenset[str]:
    text = f"{post.text} {json.dumps(post.card, ensure_ascii=False)}"
    return frozenset(TOKEN.findall(text)) | (codes & frozenset(CODE.findall(text)))


def _bucket(deed: Deed, asked: dict[str, str], codes: frozenset[str]) -> str:
    """What its answer must name: words nobody else used, or the code of a request."""
    if deed.key in asked:
        return asked[deed.key]
    if deed.request:
        return deed.request if deed.request in codes else ""
    text = str(deed.inputs.get("say", deed.text))  # a button may stand for a command
    token = TOKEN.search(text)
    named = [code for code in CODE.findall(text) if code in codes]
    return token[0] if token else next(iter(named), "")


def _in_thread(deed: Deed, answers: list[Answer]) -> bool:
    """In group spaces an answer hangs below the question."""
    if deed.direct or deed.verb != "said":
        return False
    return any(answer.post.parent == deed.key for answer in reversed(answers))


def _left_over(deeds: list[tuple[Deed, str]], answers: list[Answer]) -> list[tuple[Deed, str]]:
    """The deeds without a post in any assignment of posts to deeds (a maximum matching)."""
    fitting = [
        [number for number, answer in enumerate(answers) if _fits(answer, deed, bucket)]
        for deed, bucket in deeds
    ]
    assigned: dict[int, int] = {}  # the deed that each post is given to
    return [deeds[number] for number in range(len(deeds)) if not _give(number, fitting, assigned)]


def _fits(answer: Answer, deed: Deed, bucket: str) -> bool:
    # What such a button shows names many things; a photo or an owner fills in an open form.
    names_others = "say" in deed.inputs or deed.has_file or COMPLETES.match(deed.text)
    is_open = not bucket and bool(names_others)
    return answer.post.at >= deed.at and (bucket in answer.about or not answer.about or is_open)


def _give(deed: int, fitting: list[list[int]], assigned: dict[int, int]) -> bool:
    """Find a post for a deed, by giving others another one where need be."""
    reached: dict[int, int] = {}  # by which deed each post was come to
    wanting = [deed]
    while wanting:
        current = wanting.pop()
        for post in fitting[current]:
            if post in reached:
                continue
            reached[post] = current
            if post not in assigned:
                _pass_on(post, reached, assigned, deed)
                return True
            wanting.append(assigned[post])
    return False


def _pass_on(post: int, reached: dict[int, int], assigned: dict[int, int], first: int) -> None:
    """Along the way back, each deed takes the post that was found for it."""
    while True:
        deed = reached[post]
        before = next((earlier for earlier, whose in assigned.items() if whose == deed), None)
        assigned[post] = deed
        if deed == first or before is None:
            return
        post = before


def _ends_untold(record: Record) -> Iterator[Finding]:
    """Everybody who confirmed something hears how it ended."""
    codes = frozenset(str(row["code"]) for row in record.requests)
    posts = [post for post in record.posts if not following_checks.is_news(post)]
    last = {code: post.at for post in posts for code in _about(post, codes)}
    for row in record.requests:
        if row["state"] not in ("done", "partly", "failed", "rejected"):
            continue
        code = str(row["code"])
        if not row["told"] or last.get(code, 0.0) < float(row["changed_at"]) - 1:
            yield Finding("unanswered", code, f"{row['state']}, and nobody was told")


def _words(deed: Deed) -> str:
    what = f"“{deed.text}”" if deed.verb == "said" else f"pressed {deed.inputs}"
    return f"{deed.person} at {deed.at:.2f} ({'online' if deed.online else 'offline'}): {what}"
