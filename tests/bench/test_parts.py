"""What the bench says of lists, photos and following, from figures that are known."""

from collections.abc import Iterable
from typing import Any

import pytest

from bench import part_goals, postgres
from bench.adds import Burst, Waited
from bench.engines import Calls, Engine, Idle
from bench.failover import FailOver
from bench.following import Costs, Extent, Followed, most_in_a_minute
from bench.limits import Limit
from bench.lists import Listed, Phase
from bench.part_report import following_section, lists_section, photos_section
from bench.parts import ON_POSTGRES, SMOKE_PARTS, with_sections
from bench.photos import Photographed, Typists
from bench.postgres_report import engines_section, failover_section
from bench.results import Check, Measured
from bench.run import _parts
from bench.single import Work

LIMIT = Limit(10.0, 10)
RUN = Phase(10.2, {"devices": 110}, [0.1] * 10)
COMMIT = "Commit 1234."


def listed(rows: int = 100, **more: Any) -> Listed:
    """A list of a hundred rows that needs ten seconds."""
    values: dict[str, Any] = {
        "idle": 80.0, "peak": 100.0, "after": 90.0, "idle_waits": [0.05], "added": rows,
        "check": Phase(0.3, {"people": 20}, [0.1]), "run": RUN,
    }  # fmt: skip
    return Listed(rows, LIMIT, **{**values, **more})


def photographed(**more: Any) -> Photographed:
    """A hundred photos, of which four were late."""
    values: dict[str, Any] = {
        "photos": [1.9] * 96 + [9.0] * 4, "typed": [0.1] * 100, "commands": [0.2] * 3,
        "idle": 90.0, "at_most": 99.0, "with_children": 160.0, "later": 95.0, "quiet": 20.0,
    }  # fmt: skip
    return Photographed(Typists(10, 0.5, 15.0), 100, **{**values, **more})


def followed(**more: Any) -> Followed:
    """Of ten phones, two have requests of their own; a minute of silence, and one of talk."""
    values: dict[str, Any] = {
        "busy": Costs(0.12, [0.06]), "idle": Costs(0.03, [0.05]), "calls": 4, "told": [9.0, 59.0],
        "which": "GET /devices ×9", "list_told": 60.0,
    }  # fmt: skip
    return Followed(Extent(8, 2, 30.0, 30.0, 0.1, 90.0), **{**values, **more})


def failed_over(**more: Any) -> FailOver:
    """Forty events; one successor came late."""
    values: dict[str, Any] = {
        "asked": 40, "answers": [6.0] * 39 + [11.0], "leads": [6.1] * 39 + [10.5],
    }  # fmt: skip
    return FailOver("killed", **{**values, **more})


def missed(checks: Iterable[Check]) -> list[str]:
    return [check.aim for check in checks if not check.reached]


@pytest.mark.parametrize(
    ("checks", "count"),
    [
        (part_goals.of_lists([listed(40), listed()]), 5),
        (part_goals.of_photos(photographed()), 2),
        (part_goals.of_following(followed()), 4),
        (part_goals.of_failovers([failed_over(), failed_over()]), 3),
    ],
)
def test_all_goals_can_be_reached(checks: Iterable[Check], count: int):
    all_of_them = list(checks)

    assert len(all_of_them) == count
    assert missed(all_of_them) == []


@pytest.mark.parametrize(
    ("lists", "aim"),
    [
        ([listed(run=Phase(10.2, {"devices": 111}, [0.1]))], "a list of 100 phones: at most 1.3"),
        ([listed(run=Phase(11.5, {"devices": 110}, [0.1]))], "the same: at least 0.95"),
        ([listed(added=99)], "the same: at least 0.95"),
        ([listed(peak=101.0)], "the same: memory"),
        ([listed(idle_waits=[0.04])], "the same: others' `help`"),
        ([listed(idle_waits=[])], "the same: others' `help`"),
        ([listed(40, added=39), listed()], "a list of 40 phones: all added"),
    ],
)
def test_each_goal_of_lists_is_missed_by_itself(lists: list[Listed], aim: str):
    [missing] = missed(part_goals.of_lists(lists))

    assert missing.startswith(aim)


@pytest.mark.parametrize(
    ("more", "aim"),
    [
        ({"photos": [1.9] * 95 + [9.0] * 5}, "a photo of 12 megapixels"),
        ({"photos": [1.9] * 99}, "a photo of 12 megapixels"),
        ({"photos": []}, "a photo of 12 megapixels"),
        ({"later": 95.1}, "20 s after the photos"),
    ],
)
def test_each_goal_of_photos_is_missed_by_itself(more: dict[str, Any], aim: str):
    [missing] = missed(part_goals.of_photos(photographed(**more)))

    assert missing.startswith(aim)


@pytest.mark.parametrize(
    ("more", "aim"),
    [
        ({"calls": 5}, "10 phones are followed"),
        ({"calls": 0}, "10 phones are followed"),  # nothing was followed at all
        ({"told": [9.0, 60.1]}, "people are told within 60 s"),
        ({"told": [9.0]}, "people are told within 60 s"),
        ({"told": []}, "people are told within 60 s"),
        ({"list_told": 61.0}, "the same of the last phone of a list of 8"),
        ({"list_told": None}, "the same of the last phone of a list of 8"),
        ({"busy": Costs(0.12, [0.061])}, "`help` while 10 phones are followed"),
        ({"idle": Costs()}, "`help` while 10 phones are followed"),
    ],
)
def test_each_goal_of_following_is_missed_by_itself(more: dict[str, Any], aim: str):
    [missing] = missed(part_goals.of_following(followed(**more)))

    assert missing.startswith(aim)


@pytest.mark.parametrize(
    ("more", "aim"),
    [
        ({"answers": [6.0] * 38 + [10.1] * 2}, "leader killed: another one leads"),
        ({"leads": [6.0] * 38 + [10.1] * 2}, "leader killed: another one leads"),
        ({"leads": []}, "leader killed: another one leads"),
        ({"answers": [6.0] * 39}, "every message meanwhile is answered, once"),
        ({"twice": 1}, "every message meanwhile is answered, once"),
    ],
)
def test_each_goal_of_failovers_is_missed_by_itself(more: dict[str, Any], aim: str):
    [missing] = missed(part_goals.of_failovers([failed_over(**more)]))

    assert missing.startswith(aim)


def test_the_calls_of_any_minute_count():
    assert most_in_a_minute([0.0, 50.0, 59.0, 60.0, 61.0, 109.0, 300.0]) == 5
    assert most_in_a_minute([]) == 0


def test_the_sections_have_the_figures():
    network = Listed(5, LIMIT, "base stations and handsets", added=5)
    lists = lists_section("Long lists", [listed(), network])
    photos = photos_section("Photos", photographed())
    following = following_section("Following", followed(), COMMIT)

    assert "| 100 phones | run | 10.20 s | 10.00 s | devices ×110 |" in lists
    assert "| 5 base stations and handsets | check |" in lists
    assert "| a photo (100 of 100) | 1.90 s, p95 1.90 s |" in photos
    assert "90 MiB before, 99 MiB at most, with its processes 160 MiB; 95 MiB after 20" in photos
    assert COMMIT not in photos
    assert "| CPU for a minute in which nobody types | 240 ms | 60 ms |" in following
    assert "| told of all 8 phones of a list | 60.00 s | – |" in following
    assert COMMIT in following


def test_the_sections_of_postgres_have_the_figures():
    work = Work({"help": [0.004], "message": [0.006], "press": [0.009]})
    crowd = Burst(2, 0.3, [Waited(0.1, 0.2)] * 2, [Waited(0.1, 0.5)] * 2, 2, work=0.04)
    calls = Calls([0.001, 0.003, 0.002], cpu=0.006)
    values: dict[str, Any] = {
        "calls": calls, "groups": Calls([0.02], cpu=0.1), "works": [work], "alone": [crowd],
        "crowds": {0.3: [crowd]},
    }  # fmt: skip
    sqlite = Engine("SQLite", **values, leader=Idle(80.0, 0.05))
    postgres = Engine(
        "PostgreSQL", **values, leader=Idle(90.0, 0.06, 50.0), standby=Idle(85.0, 0.07, 120.0)
    )

    engines = engines_section("Engines", [sqlite, postgres], COMMIT)
    failover = failover_section("Fail-over", [failed_over()])

    assert "| store: a call alone | 2.00 ms | 2.00 ms |" in engines
    assert "| the same: CPU for each call | 1.00 ms | 1.00 ms |" in engines
    assert "| own work for a press | 9.00 ms | 9.00 ms |" in engines
    assert "| 2 at once, API 300 ms: own work for each answer | 10.00 ms | 10.00 ms |" in engines
    assert "| memory of a standby | – | 85 MiB |" in engines
    assert "| the same: transactions in a minute | – | 120 |" in engines
    assert COMMIT in engines
    assert (
        "| killed | 40 | 6.00 s, p95 6.00 s | 11.00 s | 6.10 s, p95 6.10 s | 10.50 s |" in failover
    )


async def test_without_postgres_its_parts_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(postgres, "installed", lambda: False)
    bot = Measured("provbot")

    await _parts(ON_POSTGRES, bot, SMOKE_PARTS)

    assert bot == Measured("provbot")
    assert capsys.readouterr().out.count(postgres.NOT_INSTALLED) == len(ON_POSTGRES)


def test_a_renewed_section_replaces_the_old_one_and_a_new_one_comes_last():
    page = "# Title\n\nText.\n\n## One\n\nold\n\n## Two\n\n| a | b |\n"

    renewed = with_sections(page, {"One": "## One\n\nnew", "Three": "## Three\n\nmore\n"})

    assert renewed == (
        "# Title\n\nText.\n\n## One\n\nnew\n\n## Two\n\n| a | b |\n\n## Three\n\nmore\n"
    )
    assert with_sections(renewed, {}) == renewed
