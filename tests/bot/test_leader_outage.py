"""What a process tells while the database does not answer whether it leads."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.errors import DatabaseUnavailable
from bot.core.outage import without_address
from bot.service.leader import (
    LEADER,
    MARGIN,
    RENEW_INTERVAL,
    UNKNOWN,
    Leadership,
)
from tests.bot.fake_lease import DURATION, MOMENT, Enough, Fenced, Lease, led

CLOSED = "terminating connection due to administrator command"
REFUSED = 'connection to server at "10.1.2.3", port 5432 failed: Connection refused'


def lines(logs: list[Any], *names: str) -> list[tuple[Any, ...]]:
    """The events of these names, with reason or duration."""
    return [
        (line["event"], line.get("reason", line.get("lasted_s")))
        for line in logs
        if line["event"] in names
    ]


def fail_with(lease: Lease, reasons: Iterator[str]) -> None:
    """Give another reason at each renewal, and then succeed."""
    renewed = lease.renew

    def renew(epoch: int) -> bool:
        for reason in reasons:
            raise DatabaseUnavailable(reason)
        return renewed(epoch)

    lease.renew = renew  # type: ignore[method-assign]


def test_who_led_does_not_claim_to_lead_when_the_lease_has_run_out():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION - MARGIN - MOMENT
        assert (leadership.role, await leadership.problem()) == (LEADER, "")
        lease.now += MOMENT
        assert leadership.role == UNKNOWN
        assert "renewed 5 s ago (no answer yet)" in await leadership.problem()
        fail_with(lease, iter([REFUSED]))
        with pytest.raises(DatabaseUnavailable):
            await leadership._renew()
        lease.now += 39.0
        assert "renewed 44 s ago (Connection refused)" in await leadership.problem()
        await leadership._renew()
        assert (leadership.role, await leadership.problem()) == (LEADER, "")

    led(lease, work)


def test_the_log_of_a_leader_has_each_reason_once_and_the_end_of_an_outage():
    lease = Lease(sleeps=9)
    reasons = [CLOSED, REFUSED, REFUSED, CLOSED, REFUSED]

    async def work(leadership: Leadership) -> None:
        fail_with(lease, iter(reasons))
        await leadership.keep()

    with capture_logs() as logs, pytest.raises(Enough):
        led(lease, work)
    assert lines(logs, "lease_not_renewed", "lease_renewed") == [
        ("lease_not_renewed", CLOSED),
        ("lease_not_renewed", REFUSED),
        ("lease_renewed", 2.5),
    ]
    assert lease.slept[-1] == RENEW_INTERVAL


def test_the_log_of_another_outage_has_its_reason_again():
    lease = Lease(sleeps=9)

    async def work(leadership: Leadership) -> None:
        for _ in range(2):
            fail_with(lease, iter([REFUSED]))
            with pytest.raises(DatabaseUnavailable):
                await leadership._renew()
            await leadership._renew()

    with capture_logs() as logs:
        led(lease, work)
    names = [name for name, _ in lines(logs, "lease_not_renewed", "lease_renewed")]
    assert names == ["lease_not_renewed", "lease_renewed"] * 2


def test_the_log_of_a_standby_has_the_reason_once_and_the_end_of_an_outage():
    """Of a server that can only be read, and so answers each look."""
    lease = Lease(down_until=1010.0)
    lease.look = lambda: None  # type: ignore[method-assign]
    with capture_logs() as logs:
        asyncio.run(lease.leadership().take())
    assert lines(logs, "lease_unavailable", "lease_available", "leading") == [
        ("lease_unavailable", "the server is gone"),
        ("lease_available", 10.5),
        ("leading", None),
    ]


def test_a_standby_says_who_leads_and_when_that_changes():
    lease, names = Lease(renewed_at=995.5), list[str]()

    async def take() -> None:
        leadership, sleep = lease.leadership(), lease.sleep

        async def pause(seconds: float) -> None:
            names.append(leadership.leader)
            await sleep(seconds)
            if len(names) == 2:
                lease.holder, lease.epoch, lease.renewed_at = "third:9", 7, lease.now

        leadership._sleep = pause
        await leadership.take()
        names.append(leadership.leader)

    with capture_logs() as logs:
        asyncio.run(take())
    assert names == ["other:7"] * 2 + ["third:9"] * (len(names) - 3) + [""]
    assert [
        (line["event"], line.get("leader"), line["epoch"])
        for line in logs
        if line["event"] in {"standby", "leading"}
    ] == [("standby", "other:7", 4), ("standby", "third:9", 7), ("leading", None, 8)]


def test_who_lost_the_lease_ends_although_the_database_does_not_say_who_leads():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += 10.04
        lease.down_until = lease.now + 1.0
        leadership.fence()

    with pytest.raises(Fenced):
        led(lease, work)
    assert lease.last_line == {"epoch": 5, "last_renewed_s": 10.0}


def test_the_log_of_a_standby_has_the_reasons_of_later_looks():
    lease = Lease(down_until=1002.0)
    looks = iter([CLOSED, REFUSED, REFUSED])

    def look() -> None:
        for reason in looks:
            raise DatabaseUnavailable(reason)

    lease.look = look  # type: ignore[method-assign]
    with capture_logs() as logs:
        asyncio.run(lease.leadership().take())
    assert [reason for _, reason in lines(logs, "lease_unavailable")] == [
        "the server is gone",
        CLOSED,
        REFUSED,
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (REFUSED, "Connection refused"),
        (f"connection failed: {REFUSED}", "Connection refused"),
        (
            'connection is bad: connection to server at "db.example.com" (10.1.2.3), port 5432'
            ' failed: FATAL:  database "provbot" does not exist',
            'database "provbot" does not exist',
        ),
        (
            'connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory',
            "No such file or directory",
        ),
        (CLOSED, CLOSED),
    ],
)
def test_a_reason_is_told_without_the_address(reason, told):
    assert without_address(reason) == told
