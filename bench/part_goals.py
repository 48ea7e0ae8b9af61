"""The goals of the parts that can be measured alone. No I/O."""

from collections.abc import Iterator, Sequence
from statistics import mean

from bench.failover import FailOver
from bench.following import Followed
from bench.lists import Listed
from bench.photos import Photographed
from bench.results import Check, p95, seconds, times

PHOTO_WITHIN = 2.0  # seconds
GIVEN_BACK = 5.0  # MiB; so much more may stay, as after any other work
CALLS_A_MINUTE = 4
TOLD_WITHIN = 60.0  # seconds
UNAFFECTED = 1.2  # times as long
LEADS_WITHIN = 10.0  # seconds


def of_lists(lists: Sequence[Listed]) -> Iterator[Check]:
    """Of all lists that their rows are done, of the longest one also what it costs."""
    longest = max(lists, key=lambda seen: seen.rows)
    for seen in lists:
        if seen is not longest:
            yield Check(
                f"a list of {seen.rows:,} {seen.what}: all added",
                f"{seen.added:,} of {seen.rows:,}",
                seen.added == seen.rows,
            )
    yield from _of_list(longest)


def _of_list(seen: Listed) -> Iterator[Check]:
    calls = seen.calls_for_a_row
    yield Check(
        f"a list of {seen.rows:,} {seen.what}: at most 1.3 admin calls a row, check and run"
        " together",
        f"{calls:.2f}",
        calls <= 1.3,
    )
    yield Check(
        "the same: at least 0.95 of the allowed rate, all added",
        f"{seen.reached:.2f}, {seen.added:,} of {seen.rows:,}",
        seen.added == seen.rows and seen.reached >= 0.95,
    )
    held, peak = seen.after - seen.idle, seen.peak - seen.idle
    yield Check(
        "the same: memory at most 20 MiB above idle",
        f"{peak:+.0f} MiB, {seen.quiet:.0f} s later {held:+.0f} MiB",
        peak <= 20,
    )
    idle, busy = p95(seen.idle_waits), p95(seen.busy_waits)
    ratio = busy / idle if idle and busy else None
    yield Check(
        "the same: others' `help` takes at most 2 × as long (p95)",
        f"{times(ratio)} ({seconds(busy)})",
        ratio is not None and ratio <= 2,
    )


def of_photos(seen: Photographed) -> Iterator[Check]:
    """That photos are read soon, all of them, and leave nothing behind."""
    late = p95(seen.photos)
    yield Check(
        f"a photo of 12 megapixels while {seen.typists.people} people type: p95 to the plan at"
        f" most {PHOTO_WITHIN:.0f} s, all read",
        f"{seconds(late)}, {len(seen.photos)} of {seen.asked}",
        late is not None and late <= PHOTO_WITHIN and len(seen.photos) == seen.asked,
    )
    kept = seen.later - seen.idle
    yield Check(
        f"{seen.quiet:.0f} s after the photos: at most {GIVEN_BACK:.0f} MiB above idle",
        f"{kept:+.1f} MiB",
        kept <= GIVEN_BACK,
    )


def of_following(seen: Followed) -> Iterator[Check]:
    """That people hear of a registration soon, that few calls do it, and that nobody waits."""
    phones, wanted = seen.extent.phones, seen.extent.single
    yield Check(
        f"{phones} phones are followed: at most {CALLS_A_MINUTE} calls a minute",
        f"{seen.calls}",
        0 < seen.calls <= CALLS_A_MINUTE,
    )
    latest = max(seen.told, default=None)
    yield Check(
        f"people are told within {TOLD_WITHIN:.0f} s of the registration, all of them",
        f"{seconds(latest)} at most, {len(seen.told)} of {wanted}",
        latest is not None and latest <= TOLD_WITHIN and len(seen.told) == wanted,
    )
    yield Check(
        f"the same of the last phone of a list of {seen.extent.listed}",
        seconds(seen.list_told),
        seen.list_told is not None and seen.list_told <= TOLD_WITHIN,
    )
    busy, idle = seen.busy.waits, seen.idle.waits
    ratio = mean(busy) / mean(idle) if busy and idle else None
    yield Check(
        f"`help` while {phones} phones are followed: at most {UNAFFECTED} × as long as without"
        " (mean)",
        f"{times(ratio)}",
        ratio is not None and ratio <= UNAFFECTED,
    )


def of_failovers(seen: Sequence[FailOver]) -> Iterator[Check]:
    """That another process leads soon, and that everybody is answered once."""
    for each in seen:
        leads, answers = p95(each.leads), p95(each.answers)
        latest = max(leads, answers) if leads is not None and answers is not None else None
        yield Check(
            f"leader {each.event}: another one leads and has answered within {LEADS_WITHIN:.0f} s"
            " (p95)",
            seconds(latest),
            latest is not None and latest <= LEADS_WITHIN,
        )
    asked, answered = (sum(each.asked for each in seen), sum(len(each.answers) for each in seen))
    twice = sum(each.twice for each in seen)
    yield Check(
        "every message meanwhile is answered, once",
        f"{answered} of {asked}, {twice} twice",
        0 < asked == answered and not twice,
    )
