"""What must hold whatever a call answers.

A judge looks at the cloud, the posts and the database, not at the bot's memory.
"""

import math
import re
from collections.abc import Iterator

from bot.operations.actions.dect_steps import NETWORK_KEY
from tests.outcomes.clock import EPOCH
from tests.outcomes.journeys import PASSWORD
from tests.outcomes.stage import Stage

# No fault of a call makes any of these true, in any journey.
UNTRUE = re.compile(
    "does not exist|no Webex Calling licence|found no "
    "|has no model|not find a model|no location that|does not know this any more"
    "|was removed(?! from)|no longer (?:there|exists)|has no DECT handset"
    "|did not understand(?! Webex)|no request [0-9A-Z]{4}[.]|is no card|already uses this MAC"
)
BROKE = re.compile("went wrong in provbot")
UNCHANGED = re.compile("[Nn]othing was changed|[Nn]othing else was changed")
UNSURE = re.compile("Not certain: |is not certain")
PARTLY = re.compile(r"(\d+) of \d+ done")
DONE_ROWS = re.compile(
    r"^(?:Added|Codes sent|Deleted|Tagged|Bases added|Handsets added|Second lines set): (\d+)$",
    re.MULTILINE,
)
CREATED = "The DECT network Hall was created"
LINE = "⏳"
OPEN = "select id from events where handled_at is null"
UNDER_WAY = "select code from requests where state in ('approved', 'running', 'unknown')"
UNTOLD = "select code from requests where state in ('done', 'partly', 'failed') and not told"


def is_quiet(stage: Stage) -> bool:
    """Whether nobody waits for anything."""
    return not stage.rows(" union all ".join((OPEN, UNDER_WAY, UNTOLD)))


def standing(stage: Stage) -> list[str]:
    """The lines that say that something is on its way."""
    bot = stage.cloud.cloud.bot_key
    rooms = stage.cloud.cloud.chat.rooms_of(bot)
    texts = [
        message.content.text or ""
        for room in rooms
        for message in room.messages
        if message.person_key == bot
    ]
    return [text for text in texts if text.startswith(LINE)]


async def trouble(stage: Stage) -> list[str]:
    """What readiness says is wrong."""
    problems = {name: await check() for name, check in stage.health.checks.items()}
    return [f"readiness: {name}: {problem}" for name, problem in problems.items() if problem]


def broken_words(stage: Stage, before: int) -> Iterator[str]:
    """Sentences that are not true, of what was said after so many changes."""
    for message, changes in stage.posts:
        text = message.content.text or ""
        if BROKE.search(text):
            yield f"says that it broke: {text!r}"
        if untrue := UNTRUE.search(text):
            yield f"says “{untrue[0]}”: {text!r}"
        is_half_done = told_done(text) and "Nothing was changed" not in text
        if UNCHANGED.search(text) and changes > before and not is_half_done:
            yield f"says that nothing was changed, after a change: {text!r}"


def tells_half_done(stage: Stage, text: str) -> bool:
    """Whether a message tells that a part was done, and how much of it.

    The result of a list counts what its rows added, and names the network that was made for them.
    """
    done = [row["key"] for row in stage.rows("select key from steps where state = 'done'")]
    counted = done if PARTLY.search(text) else [key for key in done if key != NETWORK_KEY]
    is_all_told = len(counted) == len(done) or CREATED in text
    return told_done(text) == len(counted) and is_all_told and bool(done)


def told_done(text: str) -> int:
    """How many steps, or rows of a list, a message about a part of them says are done."""
    if told := PARTLY.search(text):
        return int(told[1])
    is_partly = "Partly done: " in text
    return sum(int(count) for count in DONE_ROWS.findall(text)) if is_partly else 0


def first_sign(stage: Stage, began: float) -> float:
    """Seconds from a moment to the first thing that the bot said then."""
    times = (message.created.timestamp() - EPOCH for message, _ in stage.posts)
    return min((at - began for at in times if at >= began), default=math.inf)


def records(stage: Stage) -> Iterator[str]:
    """Steps whose state is not what the cloud has; and tracebacks."""
    done = stage.rows("select key from steps where state = 'done'")
    unsure = stage.rows("select key from steps where state = 'failed'")
    if not len(done) <= stage.changes <= len(done) + len(unsure):
        yield f"{len(done)} steps are done, and {stage.changes} changes were made"
    for entry in stage.log:
        if "exception" in entry:
            yield f"logs an exception: {entry}"


def leaks(stage: Stage) -> Iterator[str]:
    """Secrets where they must not be: in the log, in group spaces, in the database.

    Access codes have four digits, which may stand by chance wherever there is much text.
    """
    cloud = stage.cloud.cloud
    log = repr(stage.log)
    codes = {code.code for code in cloud.organization.codes}
    tokens = {
        token.value for kind in ("bot", "service_app") for token in cloud.tokens.of_kind(kind)
    }
    pairing = {
        code
        for network in cloud.organization.dect_networks.values()
        for code in (network.access_code, *(each.access_code for each in network.handsets.values()))
        if code
    }
    secrets = {*codes, *tokens, cloud.service_app.client_secret, PASSWORD}
    dump = "\n".join(stage.store.db.conn.iterdump())
    if any(
        PASSWORD in (message.content.text or "") + str(message.card) for message, _ in stage.posts
    ):
        yield "the password was posted"
    for room in cloud.chat.rooms_of(cloud.bot_key):
        if room.kind == "group":
            text = "".join(
                (message.content.text or "") + str(message.card) for message in room.messages
            )
            if any(code in text.replace(" ", "") for code in codes | pairing):
                yield "a code is in a group space"
    if any(secret in log or secret in dump for secret in secrets):
        yield "a secret is in the log or in the database"
