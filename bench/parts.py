"""The parts that can be measured alone, and how their sections get into the page of results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from bench.adds import warm_up
from bench.engines import Engine, Rounds, engines
from bench.failover import FailOver, failovers
from bench.following import Extent, Followed, followed
from bench.limits import Limit
from bench.lists import Helps, Listed, Sheet, listed, network_listed, phones_listed
from bench.photos import Photographed, Size, Typists, album, photographed
from bench.stage import PROVBOT, Stage, stage

LIMIT = Limit(60.0, 10)
LISTS, PHOTOS, FOLLOWING = "Long lists", "Photos of labels", "Following new phones"
ENGINES, FAILOVER = "SQLite and PostgreSQL", "Fail-over"
HEADINGS = {
    "lists": LISTS,
    "photos": PHOTOS,
    "following": FOLLOWING,
    "databases": ENGINES,
    "failover": FAILOVER,
}
ON_POSTGRES = ("databases", "failover")  # left out where PostgreSQL is not installed
SECTION = "## "
WITHOUT_PAUSES = {"PROVBOT_DECT_SPACING": "0"}  # between changes of a DECT network


@dataclass(frozen=True)
class Parts:
    """The size of the parts. Times in seconds; memory is looked at after the quiet ones."""

    rows: tuple[int, ...] = (40, 250, 1_000)  # of lists of phones, the longest last
    bases: int = 50
    handsets: int = 100
    helps: Helps = field(default_factory=lambda: Helps(50, 0.1))
    lists_quiet: float = 60.0  # after the longest
    photos: int = 30
    size: Size = (4_000, 3_000)
    typists: Typists = field(default_factory=lambda: Typists(10, 0.5, 15.0))
    photos_quiet: float = 20.0
    extent: Extent = field(default_factory=lambda: Extent(90, 10, 45.0, 45.0, 0.2, 90.0))
    rounds: Rounds = field(
        default_factory=lambda: Rounds(1_000, 50, 20, 3, 100, (0.0, 0.3), quiet=60.0)
    )
    failovers: Mapping[str, int] = field(
        default_factory=lambda: {"killed": 20, "frozen": 20, "asked to stop": 10}
    )


FULL_PARTS = Parts()
SMOKE_PARTS = Parts(
    rows=(10,), bases=2, handsets=3, helps=Helps(2, 0.1), lists_quiet=0.0,
    photos=1, size=(1_600, 1_200), typists=Typists(1, 0.1, 1.0), photos_quiet=0.0,
    extent=Extent(2, 1, 1.0, 1.0, 0.2, 30.0),
    rounds=Rounds(2, 1, 1, 1, 2, (0.02,), quiet=1.0), failovers={"frozen": 1, "asked to stop": 1},
)  # fmt: skip


async def measure_lists(parts: Parts) -> list[Listed]:
    """Measure lists of phones of all lengths, and the list of a DECT network."""
    lists = [Listed(rows, LIMIT) for rows in parts.rows]
    lists[-1].quiet = parts.lists_quiet
    for seen in lists:
        await _measure_list(seen, partial(phones_listed, rows=seen.rows), parts.helps)
    network = Listed(parts.bases + parts.handsets, LIMIT, "base stations and handsets")
    sheet = partial(network_listed, bases=parts.bases, handsets=parts.handsets)
    await _measure_list(network, sheet, parts.helps)
    return [*lists, network]


async def _measure_list(seen: Listed, sheet: Callable[[Stage], Sheet], helps: Helps) -> None:
    async with stage(PROVBOT, more=WITHOUT_PAUSES) as place:
        await place.start()
        await warm_up(place)
        await listed(place, sheet(place), seen, helps)


async def measure_photos(parts: Parts) -> Photographed:
    """Measure photos beside typed texts."""
    pictures = album(parts.photos, parts.size)
    async with stage(PROVBOT) as place:
        await place.start()
        await warm_up(place)
        return await photographed(place, pictures, parts.typists, parts.photos_quiet)


async def measure_following(parts: Parts) -> Followed:
    """Measure following phones."""
    return await followed(parts.extent)


async def measure_engines(parts: Parts) -> list[Engine]:
    """Measure the same bot on SQLite and on PostgreSQL."""
    return await engines(parts.rounds)


async def measure_failovers(parts: Parts) -> list[FailOver]:
    """Measure how soon another process leads."""
    return await failovers(parts.failovers)


def with_sections(page: str, sections: Mapping[str, str]) -> str:
    """Return the page with these sections, by heading, in the place of the old ones or at its end.

    All else stays as it is.
    """
    head, *old = page.split(f"\n{SECTION}")
    by_heading = {text.partition("\n")[0]: f"{SECTION}{text.rstrip()}\n" for text in old}
    new = {heading: f"{text.rstrip()}\n" for heading, text in sections.items()}
    return "\n".join([head, *(by_heading | new).values()])
