"""Who leads, and when a change may be sent: with a lease that does what a test says."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from bot.core import metrics
from bot.core.errors import ConfigError, DatabaseUnavailable
from bot.service import leader as leader_module
from bot.service.leader import (
    CHECK_TIMEOUT,
    GRACE,
    LEADER,
    MARGIN,
    RENEW_INTERVAL,
    RETRY_INTERVAL,
    STANDBY,
    TAKE_INTERVAL,
    Leadership,
    leading,
)
from bot.store.lease import Taken
from bot.webex.http_client import MayNotSend
from tests.bot.fake_lease import DURATION, MOMENT, Enough, Fenced, IdleStore, Lease, led


def metric(name: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(name)


def test_a_standby_looks_until_the_lease_is_free_and_says_what_it_is():
    lease = Lease(renewed_at=999.0)
    roles = list[tuple[str, float | None]]()

    async def take() -> None:
        leadership = lease.leadership()
        taking = asyncio.create_task(leadership.take())
        await asyncio.sleep(0)
        roles.append((leadership.role, metric("provbot_leader")))
        assert await taking == 5
        roles.append((leadership.role, metric("provbot_leader")))
        assert leadership.lost_predecessor

    asyncio.run(take())
    assert roles == [(STANDBY, 0.0), (LEADER, 1.0)]
    assert metric("provbot_lease_epoch") == 5
    assert 1005.0 <= lease.now <= 1005.0 + 2 * TAKE_INTERVAL
    assert {*lease.slept} == {TAKE_INTERVAL}


def test_a_standby_waits_for_a_database_that_is_gone():
    lease = Lease(down_until=1060.0)
    asyncio.run(lease.leadership().take())
    assert lease.epoch == 5
    assert 1060.0 + GRACE <= lease.now <= 1061.0 + GRACE


def test_after_an_outage_a_standby_leaves_the_leader_time_to_go_on():
    lease = Lease(down_until=1060.0)
    asyncio.run(lease.leadership().take())
    assert lease.calls[-2:] == ["look", "take"]
    assert lease.slept[-1] == GRACE > 2 * RETRY_INTERVAL  # at that pace the leader tries
    assert {*lease.slept[:-1]} == {RETRY_INTERVAL}


def test_a_standby_that_is_too_old_for_the_database_ends():
    lease = Lease()

    def refuse() -> Taken | None:
        raise ConfigError("The database was written by a newer provbot.")

    lease.take = refuse  # type: ignore[method-assign]
    with pytest.raises(ConfigError):
        asyncio.run(lease.leadership().take())


def test_a_change_needs_no_renewal_while_the_last_one_lasts():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION - MARGIN - MOMENT
        await leadership.check()

    led(lease, work)
    assert lease.calls == []


def test_after_a_pause_a_change_waits_for_a_renewal():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION - MARGIN
        await leadership.check()
        await leadership.check()

    led(lease, work)
    assert lease.calls == ["renew"]
    assert lease.renewed_at == lease.now


def test_a_lease_that_nobody_took_is_kept_after_a_long_pause():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += 3600.0
        await leadership.check()
        assert leadership.role == LEADER

    led(lease, work)
    assert lease.epoch == 5


@pytest.mark.parametrize("pause", [0.0, 3600.0])
def test_who_finds_the_lease_taken_ends_once_and_sends_nothing(pause):
    lease = Lease()
    sent = list[bool]()

    async def work(leadership: Leadership) -> None:
        lease.now = lease.free_at + MOMENT
        assert lease.taken()
        lease.now += pause
        await leadership.check()
        sent.append(True)

    with pytest.raises(Fenced):
        led(lease, work)
    assert (lease.fenced, sent) == (1, [])
    assert lease.epoch == 6
    assert metric("provbot_leader") == 0


def test_who_renews_by_itself_ends_when_the_lease_is_taken():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now = lease.free_at + MOMENT
        assert lease.taken()
        await leadership.keep()

    with pytest.raises(Fenced):
        led(lease, work)
    assert lease.slept == [RENEW_INTERVAL]
    assert lease.fenced == 1
    assert lease.last_line == {
        "leader": "other:7", "leader_epoch": 6, "epoch": 5, "last_renewed_s": 8.0,
    }  # fmt: skip


def test_the_lease_is_renewed_every_two_seconds_through_an_outage():
    lease = Lease(sleeps=80)

    async def work(leadership: Leadership) -> None:
        lease.down_until = lease.now + 30.0
        await leadership.keep()

    with pytest.raises(Enough):
        led(lease, work)
    assert lease.slept[0] == lease.slept[-1] == RENEW_INTERVAL
    assert {*lease.slept[1:50]} == {RETRY_INTERVAL}
    assert lease.calls == ["renew"] * 80
    assert lease.renewed_at == lease.now  # and it still leads
    assert lease.fenced == 0


def test_while_the_database_is_gone_changes_are_sent_as_long_as_the_lease_lasts():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.down_until = lease.now + 3600.0
        lease.now += DURATION - MARGIN - MOMENT
        await leadership.check()
        began = lease.now = lease.now + MOMENT
        with pytest.raises(MayNotSend):  # nothing was sent
            await leadership.check()
        assert lease.now - began <= CHECK_TIMEOUT + RETRY_INTERVAL

    led(lease, work)
    assert {*lease.calls} == {"renew"}


def test_a_change_is_sent_when_the_database_is_back_in_time():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION
        lease.down_until = lease.now + CHECK_TIMEOUT - 1
        await leadership.check()

    led(lease, work)
    assert lease.renewed_at >= lease.down_until


def test_an_answer_that_comes_late_counts_from_when_it_was_asked_for():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION
        lease.after = DURATION - MARGIN  # renewed, but it is as good as over
        await leadership.check()

    led(lease, work)
    assert lease.calls == ["renew", "renew"]
    assert lease.free_at - lease.now >= MARGIN


def test_where_each_answer_comes_late_a_change_is_given_up():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION
        lease.before = DURATION
        with pytest.raises(MayNotSend):
            await leadership.check()

    led(lease, work)
    assert lease.calls == ["renew", "renew"]


def test_changes_that_wait_at_once_renew_once():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION
        await asyncio.gather(*(leadership.check() for _ in range(20)))

    led(lease, work)
    assert lease.calls == ["renew"]


def test_changes_that_wait_at_once_for_a_database_that_is_gone_give_up_together():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION
        lease.down_until, lease.before = lease.now + 3600.0, 5.0  # as where a network drops all
        began = lease.now
        checks = (leadership.check() for _ in range(100))
        ends = await asyncio.gather(*checks, return_exceptions=True)
        assert {type(end) for end in ends} == {MayNotSend}
        assert lease.calls.count("renew") <= CHECK_TIMEOUT / lease.before + 1
        assert lease.slept == [RETRY_INTERVAL] * len(lease.slept)
        assert began + CHECK_TIMEOUT <= lease.now

    led(lease, work)


def test_a_renewal_that_is_not_answered_is_interrupted(monkeypatch):
    monkeypatch.setattr(leader_module, "RENEW_TIMEOUT", 0.02)
    lease, answered = Lease(), threading.Event()

    def silent(epoch: int) -> bool:
        assert answered.wait(20), epoch
        raise DatabaseUnavailable("server closed the connection unexpectedly")

    async def work(leadership: Leadership) -> None:
        lease.now += DURATION
        with pytest.raises(DatabaseUnavailable):
            await leadership._renew()

    lease.renew, lease.interrupt = silent, answered.set  # type: ignore[method-assign]
    led(lease, work)
    assert answered.is_set()


def test_the_lease_is_given_back_at_the_end():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        leadership.owes_notice = lambda: False
        await leadership.close()
        assert leadership.role == STANDBY

    led(lease, work)
    assert lease.calls == ["give back", "close"]
    assert lease.taken() == Taken(6, ran_out=False)
    assert metric("provbot_leader") == 0


def test_a_standby_has_nothing_to_give_back():
    lease = Lease()
    asyncio.run(lease.leadership().close())
    assert lease.calls == ["close"]


def test_the_end_does_not_fail_without_a_database():
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        lease.down_until = lease.now + 3600.0
        await leadership.close()

    led(lease, work)
    assert lease.calls == ["give back", "close"]


class NoStore(IdleStore):
    """In place of the store: the database is gone when this process begins to lead."""

    async def lead(self, _epoch: int, _fence: Callable[[], None]) -> None:
        """Fails."""
        raise DatabaseUnavailable("the server is gone")


def test_who_cannot_begin_gives_the_lease_back():
    lease = Lease()

    async def begin() -> None:
        async with leading(lease.leadership(), NoStore()):  # type: ignore[arg-type] # `lead` only
            raise AssertionError("It leads.")

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(begin())
    assert lease.calls == ["take", "give back", "close"]


def test_who_is_stopped_while_it_takes_the_lease_gives_it_back():
    lease = Lease()

    async def begin() -> None:
        async with leading(lease.leadership(), NoStore()):  # type: ignore[arg-type] # `lead` only
            raise AssertionError("It leads.")

    async def stop() -> None:
        beginning = asyncio.create_task(begin())
        take = lease.take

        def slow_take() -> Taken | None:
            loop.call_soon_threadsafe(beginning.cancel)
            taken.result(10)
            return take()

        loop, taken = asyncio.get_running_loop(), Future[None]()
        lease.take = slow_take  # type: ignore[method-assign]
        beginning.add_done_callback(lambda _: None)
        loop.call_later(0.02, taken.set_result, None)
        with pytest.raises(asyncio.CancelledError):
            await beginning

    asyncio.run(stop())
    assert lease.free_at < lease.now
