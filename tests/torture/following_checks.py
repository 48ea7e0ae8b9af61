"""Whether people hear what became of what they added: once, truly, and where they asked for it.

It may come twice only if the process was killed in between, or if the answer of Webex was lost and
the bot could not look whether its message is there: in a group space never, else if that failed.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sandbox.ids import key_of
from tests.torture.records import ENDS, Finding, Json, Post, Record, Registration

SINGLE = re.compile(
    r"✓ (?P<subject>.+?) is (?:registered|in use: a handset registered at it),"
    r" \d+ \w+ after (?:it was added|the code was made)\.$"
)
SUMMARY = re.compile(
    r"(?P<last>✓ )?(?P<registered>\d+) of (?P<all>\d+) registered\b.* · request (?P<code>\w{4})$",
    re.DOTALL,
)
COUNT, LAST = "count", "last"
LATE = re.compile(r"(?:Not registered yet|Not known whether)\b.*\nRequest (?P<code>\w{4})\b")
SKEW = 2.0  # seconds between what is noted here and there
NOTED_WITHIN = 12.0  # seconds after a message in which a kill or a lock can lose the note of it
LOST_WITHIN = 60.0  # seconds in which the answers to so many messages are lost as was drawn
EDITS = 10  # after which a message is replaced


def is_news(post: Post) -> bool:
    """Whether the bot tells of its own accord what became of something."""
    is_text = SINGLE.search(post.text) or SUMMARY.search(post.text)
    return bool(is_text or LATE.search(post.text))


def check(record: Record) -> Iterator[Finding]:
    """All of them."""
    for row in record.followed:
        if row["state"] == "registered" and not _registered(row, record):
            about = f"{row['request']} {row['step']}"
            yield Finding("untrue", about, f"is not registered with Webex: {row}")
    for row in untold(record.followed, record):
        yield Finding("unanswered", f"{row['request']} {row['step']}", f"nobody was told: {row}")
    news = News(record)
    yield from news.singles()
    yield from news.about_requests()


def untold(followed: Iterable[Json], record: Record) -> list[Json]:
    """What has registered and is there, or has another end, and was not told."""
    newest = {_mac(row): row for row in followed if _mac(row)}  # the older rows are superseded
    keys = {mac: [each for each in record.registrations if each.mac == mac] for mac in newest}
    late = [
        row
        for mac, row in newest.items()
        if row["state"] in ("waiting", "lost") and _is_there(row, keys[mac], record)
    ]
    return [*late, *(row for row in followed if row["state"] != "waiting" and not row["told"])]


def counted(record: Record) -> dict[str, int]:
    """What became of what was followed, and how many messages told it."""
    states = Counter(str(row["state"]) for row in record.followed)
    told = Counter(_kind(post) for post in record.posts if is_news(post))
    doubles = sum(max(len(posts) - count, 0) for posts, count in News(record).alike())
    return dict(sorted(states.items())) | dict(sorted(told.items())) | {"told twice": doubles}


def _kind(post: Post) -> str:
    if LATE.search(post.text):
        return "late cards"
    return "messages" if SINGLE.search(post.text) else "summaries"


def _target(row: Json) -> Json:
    return dict(json.loads(row["target"]))


def _mac(row: Json) -> str:
    return str(_target(row)["mac"])


def _registered(row: Json, record: Record) -> list[Registration]:
    """When this registered, as far as the bot could know it."""
    target = _target(row)
    typed = {each.mac for each in record.typed_codes}
    if target["kind"] == "code" and target["mac"] not in typed:
        return []
    since, until = _sent_at(row, record), float(row["changed_at"]) + SKEW
    return [
        each
        for each in record.registrations
        if each.mac == target["mac"] and since <= each.at <= until
    ]


def _sent_at(row: Json, record: Record) -> float:
    """When it was added at the earliest: after a kill, the bot notes only later that it was."""
    name = row["request"], row["step"]  # not from `journal`: the run may still go on
    steps = (step for step in record.steps if (step["request"], step["key"]) == name)
    begun = (float(step["begun_at"]) for step in steps if step["begun_at"])
    return min([float(row["since"]), *begun]) - SKEW


def _is_there(row: Json, registrations: Sequence[Registration], record: Record) -> bool:
    since = _sent_at(row, record)
    return any(each.at >= since and each.key in record.there for each in registrations)


def _subject(target: Json) -> str:
    if target["kind"] == "base station":
        mac = ":".join(re.findall("..", target["mac"]))
        return f"The base station {mac} of {target['network_name']}"
    owner, model = target["owner_name"], target["name"].split(" ")[-1]
    possessive = "'" if owner.lower().endswith("s") else "'s"
    return f"{owner}{possessive} {model}"


@dataclass(frozen=True)
class News:
    """The messages about what was followed."""

    record: Record

    @cached_property
    def of(self) -> dict[str, list[Json]]:
        """What was followed of each request."""
        groups: defaultdict[str, list[Json]] = defaultdict(list)
        for row in self.record.followed:
            groups[str(row["request"])].append(row)
        return groups

    @cached_property
    def rows(self) -> dict[str, Json]:
        """The requests by their codes."""
        return {str(row["code"]): row for row in self.record.requests}

    # Requests with one device

    def alike(self) -> Iterator[tuple[list[Post], int]]:
        """The messages that look the same in a space, and how many of them there should be."""
        for (room, subject), posts in self._told.items():
            yield posts, len(self._meant(room, subject))

    @cached_property
    def _told(self) -> dict[tuple[str, str], list[Post]]:
        groups: defaultdict[tuple[str, str], list[Post]] = defaultdict(list)
        for post in self.record.posts:
            if told := SINGLE.search(post.text):
                groups[post.room, told["subject"]].append(post)
        return dict(groups)

    @cached_property
    def _single(self) -> list[Json]:
        """What registered of the requests with one device."""
        alone = (devices[0] for devices in self.of.values() if len(devices) == 1)
        return [device for device in alone if device["state"] == "registered"]

    def _meant(self, room: str, subject: str) -> list[Json]:
        """What such a message in this space can be about."""
        return [device for device in self._single if self._place(device) == (room, subject)]

    def _place(self, device: Json) -> tuple[str, str]:
        return _room(self.rows[device["request"]]), _subject(_target(device))

    def singles(self) -> Iterator[Finding]:
        """Each is told once, where it was asked for, and not before it is so."""
        for (room, subject), posts in self._told.items():
            meant = self._meant(room, subject)
            for post in posts:
                yield from self._misplaced(post, meant)
            yield from _doubled(posts, len(meant), self.record) if meant else ()
        for device in self._single:
            if device["told"] and self._place(device) not in self._told:
                text = f"nobody heard that it is registered: {self._place(device)}"
                yield Finding("unanswered", str(device["request"]), text)

    def _misplaced(self, post: Post, meant: Sequence[Json]) -> Iterator[Finding]:
        here = [each for each in meant if _is_in_place(post, self.rows[each["request"]])]
        if not here:
            yield Finding("told", post.key, f"news of nothing that was added here: {post.text}")
        elif not any(self._may_tell(post, device) for device in here):
            yield Finding("untrue", post.key, f"told too early: {post.text}")

    def _may_tell(self, post: Post, device: Json) -> bool:
        """Whether it had registered, and its request had ended."""
        ended = float(self.rows[device["request"]]["changed_at"]) - SKEW
        return post.at >= ended and _was_registered(device, post.at, self.record)

    # Summaries and late cards

    def about_requests(self) -> Iterator[Finding]:
        """Each is posted once, in its place, and counts right."""
        posted: defaultdict[tuple[str, str], list[Post]] = defaultdict(list)
        for post in self.record.posts:
            kind, code = _about(post)
            if kind:
                posted[code, kind].append(post)
                yield from self._wrong(post, code)
        for (code, kind), posts in posted.items():
            replaced = len(self.of.get(code, ())) // EDITS if kind == COUNT else 0
            yield from _doubled(posts, 1 + replaced, self.record)

    def _wrong(self, post: Post, code: str) -> Iterator[Finding]:
        row, devices = self.rows.get(code), self.of.get(code)
        if row is None or devices is None or not _is_in_place(post, row):
            yield Finding("told", code, f"news of nothing that was added here: {post.text}")
            return
        if post.at < float(row["changed_at"]) - SKEW:
            yield Finding("untrue", code, f"told before the request had ended: {post.text}")
        if told := SUMMARY.search(post.text):
            count = sum(_was_registered(device, post.at, self.record) for device in devices)
            if int(told["all"]) != len(devices) or int(told["registered"]) > count:
                text = f"{count} of {len(devices)} are registered, but it tells: {post.text}"
                yield Finding("untrue", code, text)


def _about(post: Post) -> tuple[str, str]:
    """The kind and the request of a summary or a late card; empty for others."""
    if card := LATE.search(post.text):
        return "late", card["code"]
    told = SUMMARY.search(post.text)
    return ((LAST if told["last"] else COUNT), told["code"]) if told else ("", "")


def _room(row: Json) -> str:
    return key_of(row["room_id"], "ROOM")


def _is_in_place(post: Post, row: Json) -> bool:
    """In its thread; or in its space, if Webex refused the thread."""
    thread = key_of(row["thread_id"], "MESSAGE") if row["thread_id"] else ""
    return post.room == _room(row) and post.parent in ("", thread)


def _was_registered(device: Json, at: float, record: Record) -> bool:
    return any(each.at <= at + SKEW for each in _registered(device, record))


def _doubled(posts: Sequence[Post], count: int, record: Record) -> Iterator[Finding]:
    """More messages than there should be, and no kill or lost answer that explains it."""
    excused = sum(
        _is_excused(post, record) or _was_not_found(post, again, record)
        for post, again in pairwise(posts)
    )
    if len(posts) - count > excused:
        times = [round(post.at, 1) for post in posts]
        yield Finding("twice", posts[0].key, f"told at {times}, {count} expected: {posts[0].text}")


def _is_excused(post: Post, record: Record) -> bool:
    """Whether the bot may not know that it has posted this."""
    ended = (each.since for each in record.breaks if each.why in ENDS)
    is_lost = any(post.at - LOST_WITHIN <= at <= post.at for at in record.lost_posts)
    is_killed = any(post.at - SKEW <= at <= post.at + NOTED_WITHIN for at in ended)
    return is_killed or (is_lost and bool(post.parent))


def _was_not_found(post: Post, again: Post, record: Record) -> bool:
    """Whether the bot logged that it could not look for this, and then posted it again."""
    return any(post.at <= at <= again.at <= at + SKEW for at in record.not_found)
