"""What those get who are on no list: the same sentence, and that seldom; and a short trail."""

from collections import Counter
from collections.abc import Iterator

from tests.torture.records import ENDS, Finding, Record

SENTENCE = (
    "Sorry, you are not on the list of people I work for."
    " Please ask a provbot admin to add you ({email})."
)
# What is said before it is known who it is.
BEFORE = (
    "⏳",
    "Webex did not send the details",
    "I cannot check who you are",
    "Something went wrong in provbot",
    "I was away",
)


def is_one(person: str, at: float, record: Record) -> bool:
    """Whether the person held no role at that moment, nor will: with time for slow answers."""
    return not any(role.who == person and role.since <= at <= role.until for role in record.roles)


def check(record: Record) -> Iterator[Finding]:
    """People who never held a role get one answer an hour and after each start, and no other."""
    held = {role.who for role in record.roles}
    events = {str(row["id"]) for row in record.events}
    deeds = [deed for deed in record.deeds if deed.person not in held and deed.key in events]
    starts = 1 + sum(interruption.why in ENDS for interruption in record.breaks)
    rows = Counter(str(row["actor"]) for row in record.audit if row["action"] == "denied")
    for email in {deed.person for deed in deeds}:
        answer = SENTENCE.format(email=email)
        answers = sum(post.text.startswith(answer) for post in record.posts)
        if not 1 <= answers <= 2 * starts:  # an answer that was lost is said twice
            yield Finding("told", email, f"is on no list and heard so {answers} times")
        if not 1 <= rows[email] <= 2 * starts:
            yield Finding("told", email, f"is on no list and left {rows[email]} rows")
        rooms = {deed.room for deed in deeds if deed.person == email and deed.direct}
        for post in record.posts:
            if post.room in rooms and not post.text.startswith((answer, *BEFORE)):
                yield Finding("told", email, f"is on no list and was told: {post.text[:200]}")
