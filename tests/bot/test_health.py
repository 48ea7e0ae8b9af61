"""What /readyz and /metrics say where the database says nothing: they answer, and soon."""

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from bot.core import masking, metrics
from bot.core.errors import DatabaseError, DatabaseUnavailable
from bot.service.health import (
    CACHE_SECONDS,
    CHECK_TIMEOUT,
    UNKNOWN,
    Check,
    DatabaseIsWritable,
    Health,
    nothing_is_stuck,
)
from bot.service.leader import LEADER, STANDBY
from bot.service.leader import UNKNOWN as UNSURE
from bot.store import stats
from bot.store.database import Store
from tests.database import migrated
from tests.virtual_clock import virtually

NOW = 1_000_000.0
ASKED: Any = None  # nobody looks at the request


class Broken:
    """In place of a store that is damaged."""

    async def call(self, *_: object) -> None:
        """Fails."""
        raise OSError("disk image is malformed")


class Locked:
    """In place of a store whose file somebody else holds."""

    async def call(self, *_: object) -> None:
        """Never."""
        await asyncio.Event().wait()


def health(store: Any) -> Health:
    """With the checks that ask the database; no more is used of a store than `call`."""
    checks: dict[str, Check] = {
        "database": DatabaseIsWritable(store, lambda: NOW),
        "events": partial(nothing_is_stuck, store, lambda: NOW),
    }
    return Health(store, lambda: NOW, checks)


def samples(answer: web.Response) -> dict[str, float]:
    """What was scraped: by name, and label where there is one."""
    assert isinstance(answer.body, bytes)
    return {
        "/".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("kind", [Broken, Locked])
def test_without_the_database_metrics_report_it_and_no_old_values(kind):
    async def work() -> None:
        metrics.OLDEST.set(400.0)
        metrics.set_requests({"waiting": 3})
        began = asyncio.get_running_loop().time()
        answer = await health(kind()).metrics(ASKED)
        values = samples(answer)
        assert answer.status == 200
        assert (
            asyncio.get_running_loop().time() - began < 2 * CHECK_TIMEOUT
        )  # real time counts, too
        assert values["provbot_check/database"] == values["provbot_check/events"] == 0
        assert not values["provbot_oldest_event_seconds"] >= 0  # not a number
        assert "provbot_requests/waiting" not in values

    virtually(work)


@pytest.mark.parametrize("kind", [Broken, Locked])
def test_without_the_database_readyz_reports_it_in_time(kind):
    async def work() -> None:
        began = asyncio.get_running_loop().time()
        answer = await health(kind()).readyz(ASKED)
        assert (
            asyncio.get_running_loop().time() - began < 2 * CHECK_TIMEOUT
        )  # real time counts, too
        assert answer.status == 503
        checks = json.loads(answer.text or "")
        assert checks["database"].startswith("The database cannot be written: ")
        assert checks["events"].startswith("The database cannot be read: ")
        assert checks["last event"].startswith("unknown: ")

    virtually(work)


async def test_the_values_return_with_the_database(tmp_path: Path):
    await health(Broken()).metrics(ASKED)
    store = Store(migrated(tmp_path / "provbot.db"))
    values = samples(await health(store).metrics(ASKED))
    store.close()
    assert values["provbot_check/database"] == 1
    assert (values["provbot_oldest_event_seconds"], values["provbot_requests/waiting"]) == (0, 0)


class Roles:
    """In place of the leadership: the role is the last of these."""

    def __init__(self, roles: list[str]) -> None:
        self._roles = roles

    @property
    def role(self) -> str:
        """The role of this process."""
        return self._roles[-1]

    @property
    def leader(self) -> str:
        """A standby has seen another one."""
        return "other:7" if self.role == STANDBY else ""

    async def problem(self) -> str:
        """The problem of the lease."""
        return "The lease ran out." if self.role == UNSURE else ""


def standby(store: Any, roles: list[str]) -> Health:
    """That of a process of which the role is the last of these."""
    answers = Health(store, lambda: NOW)
    answers.stand_by(Roles(roles))
    return answers


async def test_a_standby_is_ready_and_says_that_it_is_one(tmp_path: Path):
    metrics.set_requests({"waiting": 3})
    store = Store(migrated(tmp_path / "provbot.db"))
    answers = standby(store, [STANDBY])
    ready = await answers.readyz(ASKED)
    values = samples(await answers.metrics(ASKED))
    store.close()
    assert ready.status == 200
    checks = json.loads(ready.text or "")
    assert (checks["role"], checks["database"]) == (STANDBY, "ok")
    assert checks["leader"] == "other:7"
    assert values["provbot_check/database"] == 1
    # What all share is told by the leader alone, so that a sum over all is right.
    assert not values["provbot_oldest_event_seconds"] >= 0
    assert "provbot_requests/waiting" not in values


@pytest.mark.parametrize("kind", [Broken, Locked])
def test_a_standby_without_the_database_is_not_ready(kind):
    async def work() -> None:
        ready = await standby(kind(), [STANDBY]).readyz(ASKED)
        assert ready.status == 503
        checks = json.loads(ready.text or "")
        assert checks["database"].startswith("The database cannot be read: ")
        assert checks["role"] == STANDBY

    virtually(work)


async def test_who_begins_to_lead_starts(tmp_path: Path):
    store, roles = Store(migrated(tmp_path / "provbot.db")), [STANDBY]
    answers = standby(store, roles)
    roles.append(LEADER)
    ready = await answers.readyz(ASKED)
    values = samples(await answers.metrics(ASKED))
    store.close()
    checks = json.loads(ready.text or "")
    assert (ready.status, checks["role"]) == (503, LEADER)
    assert "is starting" in checks["start"]
    assert values["provbot_oldest_event_seconds"] == 0


async def test_a_standby_that_takes_the_lead_during_its_check_is_no_leader_that_is_ready():
    roles = [STANDBY]

    class Overtaken:
        """In place of a store: while it is asked, this process takes the lead."""

        async def call(self, *_: object) -> stats.Figures:
            """Succeeds."""
            roles.append(LEADER)
            return UNKNOWN

    ready = await standby(Overtaken(), roles).readyz(ASKED)
    checks = json.loads(ready.text or "")
    assert roles[-1] == LEADER
    assert (ready.status, checks["role"]) == (200, STANDBY)


async def test_who_does_not_know_whether_it_still_leads_says_so(tmp_path: Path):
    """A lease runs out without any event in this process, for example where it stands still."""
    store, roles = Store(migrated(tmp_path / "provbot.db")), [LEADER]
    answers = standby(store, roles)
    answers.checks.clear()
    before = samples(await answers.metrics(ASKED))
    roles.append(UNSURE)
    await asyncio.sleep(CACHE_SECONDS)
    after = samples(await answers.metrics(ASKED))
    ready = await answers.readyz(ASKED)
    store.close()
    assert (before["provbot_leader"], before["provbot_check/lease"]) == (1, 1)
    assert (after["provbot_leader"], after["provbot_check/lease"]) == (0, 0)
    checks = json.loads(ready.text or "")
    assert ready.status == 503
    assert (checks["role"], checks["lease"]) == ("unknown", "The lease ran out.")
    assert "leader" not in checks


REFUSED = (
    'connection failed: connection to server at "10.1.2.3", port 5432 failed: Connection refused'
)
WRONG = (
    'connection failed: connection to server at "10.1.2.3", port 5432 failed: FATAL:  password'
    ' authentication failed for user "provbot"'
)
READ_ONLY = "cannot execute UPDATE in a read-only transaction"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DatabaseUnavailable(f"{REFUSED}\n\tIs the server running?"), "Connection refused"),
        (DatabaseUnavailable(WRONG), 'password authentication failed for user "provbot"'),
        (DatabaseUnavailable(READ_ONLY), READ_ONLY),
        (DatabaseError("database disk image is malformed."), "database disk image is malformed"),
        (DatabaseUnavailable("no open-sesame for you"), "no *** for you"),
        (DatabaseUnavailable(""), "DatabaseUnavailable"),
        (TimeoutError(), "no answer within 4 s"),
        (OSError("/var/lib/provbot: no such file"), "OSError"),
    ],
)
async def test_a_check_names_the_reason_without_addresses_and_secrets(error, reason):
    class Failing:
        """In place of a store."""

        async def call(self, *_: object) -> None:
            """Fails."""
            raise error

    with masking.during(["open-sesame"]):
        for answers in (health(Failing()), standby(Failing(), [STANDBY])):
            checks = json.loads((await answers.readyz(ASKED)).text or "")
            assert checks["last event"] == f"unknown: {reason}"
            assert re.sub("be (read|written)", "be", checks["database"]) == (
                f"The database cannot be: {reason}."
            )


async def test_who_has_no_other_process_beside_it_has_no_role(tmp_path: Path):
    store = Store(migrated(tmp_path / "provbot.db"))
    ready = await health(store).readyz(ASKED)
    store.close()
    assert "role" not in json.loads(ready.text or "")
