"""Whatever happens to a leader, it sends nothing after its time."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import DatabaseUnavailable
from bot.service.leader import (
    MARGIN,
    Leadership,
)
from bot.webex.http_client import MayNotSend
from tests.bot.fake_lease import MOMENT, Fenced, Lease, led


async def checked(lease: Lease, leadership: Leadership) -> None:
    """A change may be sent now."""
    await leadership.check()
    assert lease.epoch == leadership.epoch
    assert lease.free_at - lease.now >= MARGIN - MOMENT


def happens(lease: Lease, what: str, seconds: float) -> None:
    """To the machine, to the network and to other processes."""
    if what == "taken":
        lease.taken()
    elif what == "stood still":
        lease.now += seconds
    else:
        at = {"gone": "down_until", "slow to be asked": "before", "slow to answer": "after"}[what]
        setattr(lease, at, seconds + (lease.now if what == "gone" else 0.0))


WHAT = [
    "check",
    "check",
    "renew",
    "stood still",
    "stood still",
    "taken",
    "gone",
    "slow to be asked",
    "slow to answer",
]
SECONDS = st.one_of(st.sampled_from([0.0, 1.0, 2.0, 5.0, 6.0, 7.0]), st.floats(0, 12))


@settings(max_examples=500)
@given(st.lists(st.tuples(st.sampled_from(WHAT), SECONDS), min_size=3, max_size=30))
def test_no_change_is_sent_in_an_epoch_that_is_over(events):
    """Whatever the order of renewals, pauses, outages, and takings by other processes."""
    lease = Lease()

    async def work(leadership: Leadership) -> None:
        for what, seconds in events:
            with suppress(MayNotSend, DatabaseUnavailable):  # nothing was sent
                if what == "check":
                    await checked(lease, leadership)
                elif what == "renew":
                    await leadership._renew()
                else:
                    happens(lease, what, seconds)

    try:
        led(lease, work)
    except Fenced:
        assert lease.epoch > 5
