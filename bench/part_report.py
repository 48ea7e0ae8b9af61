"""The sections about the parts that can be measured alone, as Markdown."""

from collections.abc import Iterable, Sequence

from bench import part_goals
from bench.following import Followed
from bench.lists import Listed, Phase
from bench.photos import Photographed
from bench.report import both, goals, mib, table
from bench.results import Check, seconds

ABOUT_LISTS = """\
One engineer sends a file with phones for as many people, and workspaces for every tenth row, and
presses Confirm when the check is there. Each API of a token has the same limit as above. Meanwhile,
somebody else asks for `help` again and again. The DECT network has no pauses between its changes
here (`PROVBOT_DECT_SPACING=0`); its rows are base stations and handsets."""
ABOUT_PHOTOS = """\
Somebody sends a photo of a label with the text `for bob@…`, as a telephone takes it: a JPEG of 12
megapixels, not straight, not sharp, in uneven light; the label is a third to 60 % of its width.
Before each photo, somebody else types the same. Both are measured from the message to the plan.
Meanwhile other people type questions, each {pause} s after the last answer. *With its
processes*: the bot and the process that reads the photo, both with the libraries that they
share."""
ABOUT_FOLLOWING = """\
Two bots run side by side, each with a cloud of its own. One follows {phones} phones ({listed} of
one list, {single} of requests of their own); the other has the same setting and nothing to follow.
At first, nobody types; then somebody asks both for `help` while one of the {single} phones
registers after the other. At last, all phones of the list register at once. *Told*: from the
registration to the message in the chat. Calls are all those to the admin APIs."""


def section(heading: str, about: str, checks: Iterable[Check], rows: str, where: str) -> str:
    """Return a section; `where` describes machine and commit, if the rest has others."""
    parts = (f"## {heading}", about, where, goals(checks).rstrip(), rows)
    return "\n\n".join(filter(None, parts))


def lists_section(heading: str, lists: Sequence[Listed], where: str = "") -> str:
    """Return what was measured of long lists."""
    return section(heading, ABOUT_LISTS, part_goals.of_lists(lists), _lists(lists), where)


def photos_section(heading: str, seen: Photographed, where: str = "") -> str:
    """Return what was measured of photos."""
    about = ABOUT_PHOTOS.format(pause=seen.typists.pause)
    waits = table(
        ("", "to the plan"),
        (
            (f"a photo ({len(seen.photos)} of {seen.asked})", both(seen.photos)),
            (f"typed ({len(seen.typed)} of {seen.asked})", both(seen.typed)),
            (f"questions of {seen.typists.people} others meanwhile", both(seen.commands)),
        ),
    )
    memory = (
        f"Memory: {mib(seen.idle)} before, {mib(seen.at_most)} at most, with its processes"
        f" {mib(seen.with_children)}; {mib(seen.later)} after {seen.quiet:.0f} quiet seconds.\n"
    )
    return section(heading, about, part_goals.of_photos(seen), f"{waits}\n{memory}", where)


def following_section(heading: str, seen: Followed, where: str = "") -> str:
    """Return what was measured of following."""
    extent = seen.extent
    about = ABOUT_FOLLOWING.format(phones=extent.phones, listed=extent.listed, single=extent.single)
    rows = table(
        ("", f"{extent.phones} phones are followed", "nothing is followed"),
        (
            (
                "CPU for a minute in which nobody types",
                *(
                    f"{costs.cpu * 60_000 / extent.silence:.0f} ms"
                    for costs in (seen.busy, seen.idle)
                ),
            ),
            ("`help`", both(seen.busy.waits), both(seen.idle.waits)),
            ("calls, the most in a minute", f"{seen.calls}", "–"),
            (f"told of one phone ({len(seen.told)} of {extent.single})", both(seen.told), "–"),
            (f"told of all {extent.listed} phones of a list", seconds(seen.list_told), "–"),
        ),
    )
    which = f"All calls for following: {seen.which or 'none'}.\n"
    return section(heading, about, part_goals.of_following(seen), f"{rows}\n{which}", where)


def _lists(lists: Sequence[Listed]) -> str:
    head = ("list", "", "took", "allowed", "admin calls", "`help` of another person")
    rows = [row for seen in lists for row in _rows(seen)]
    memory = [
        f"Memory with {seen.rows:,} {seen.what}: {mib(seen.idle)} before, {mib(seen.peak)} at"
        f" most, {mib(seen.after)} after {seen.quiet:.0f} quiet seconds."
        for seen in lists
    ]
    return table(head, rows) + "\n" + "\\\n".join(memory) + "\n"


def _rows(seen: Listed) -> Sequence[Sequence[str]]:
    return (
        _phase(seen, "check", seen.check),
        _phase(seen, "run", seen.run),
        (f"{seen.rows:,} {seen.what}", "before", "", "", "", both(seen.idle_waits)),
    )


def _phase(seen: Listed, name: str, phase: Phase) -> Sequence[str]:
    calls = ", ".join(f"{api} ×{count}" for api, count in sorted(phase.calls.items()))
    return (
        f"{seen.rows:,} {seen.what}",
        name,
        seconds(phase.seconds),
        seconds(phase.allowed(seen.limit)),
        calls,
        both(phase.waits),
    )
