"""What the end of a connection means, and the waits between connections."""

import asyncio
import ssl
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from bot.chat.reconnect import (
    DRAINED,
    HEALTHY_AFTER,
    MAX_WAIT,
    REPLACED_WAIT,
    Backoff,
    Disconnect,
    Reaction,
    cluster_of,
    interpret,
    other_registrations,
)

RECONNECT, REREGISTER, VERIFY_TOKEN = Reaction.RECONNECT, Reaction.REREGISTER, Reaction.VERIFY_TOKEN


@dataclass
class Answer:
    """As requests and websockets both have it."""

    status_code: int
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """As requests.HTTPError and websockets.InvalidStatus carry their answer."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__("refused")
        self.response = Answer(status, {name.replace("_", "-"): v for name, v in headers.items()})


def closed(code: int, reason: str = "") -> ConnectionClosed:
    """By Webex."""
    frame = Close(code, reason)
    return ConnectionClosed(frame, frame, rcvd_then_sent=True)


@pytest.mark.parametrize(
    ("status", "reaction"),
    [
        (401, VERIFY_TOKEN),
        (403, RECONNECT),
        (404, REREGISTER),
        (410, REREGISTER),
        (429, RECONNECT),
        (500, RECONNECT),
        (503, RECONNECT),
    ],
)
def test_an_http_status_decides_what_to_do(status, reaction):
    assert interpret(Refused(status)).reaction is reaction


def test_a_wait_that_webex_asks_for_is_kept_up_to_a_limit():
    assert interpret(Refused(429, Retry_After="17")).wait == 17
    assert interpret(Refused(503, Retry_After="999999")).wait == 600
    assert interpret(Refused(503)).wait == 0


@pytest.mark.parametrize(
    ("code", "reaction"),
    [
        (1000, RECONNECT),
        (1001, RECONNECT),
        (1003, RECONNECT),
        (1008, VERIFY_TOKEN),
        (1009, REREGISTER),
        (1011, RECONNECT),
        (3050, RECONNECT),
        (4000, RECONNECT),
        (4001, RECONNECT),
        (4400, RECONNECT),
        (4401, VERIFY_TOKEN),
        (4403, VERIFY_TOKEN),
        (4404, REREGISTER),
        (4999, RECONNECT),
    ],
)
def test_a_close_code_decides_what_to_do(code, reaction):
    assert interpret(closed(code)).reaction is reaction


def test_closing_on_a_too_big_frame_means_a_new_registration():
    by_us = ConnectionClosed(None, Close(1009, "too big"), rcvd_then_sent=None)
    answered = ConnectionClosed(Close(1000, ""), Close(1009, "too big"), rcvd_then_sent=False)
    assert interpret(by_us).reaction is interpret(answered).reaction is REREGISTER


def test_two_bots_that_replace_each_other_wait_long_and_log_why():
    end = interpret(closed(4000, "replaced"))
    assert end.wait == REPLACED_WAIT
    assert "another provbot" in end.reason


@pytest.mark.parametrize(
    "problem",
    [
        ConnectionClosed(None, None),
        ConnectionRefusedError(),
        TimeoutError(),
        OSError("no route"),
        ssl.SSLError("bad"),
        KeyError("webSocketUrl"),
        asyncio.IncompleteReadError(b"", 1),
        ValueError("x"),
    ],
)
def test_any_other_failure_is_retried(problem):
    assert interpret(problem).reaction is RECONNECT


def middle(low: float, high: float) -> float:
    """No jitter."""
    return (low + high) / 2


ENDED = Disconnect(RECONNECT, "it interpret")


def test_waits_double_up_to_a_minute_and_restart_small_after_success():
    backoff = Backoff(middle)
    waits = [backoff.after(ENDED, lasted=1) for _ in range(10)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert backoff.after(ENDED, lasted=HEALTHY_AFTER + 1) == 0.5
    assert backoff.after(ENDED, lasted=HEALTHY_AFTER - 1) == 1


def test_a_drained_socket_is_replaced_at_once_unless_it_repeats():
    backoff = Backoff(middle)
    assert backoff.after(DRAINED, lasted=HEALTHY_AFTER + 1) == 0
    assert backoff.after(DRAINED, lasted=1) == 0.5


@given(
    st.lists(st.tuples(st.floats(0, 600), st.floats(0, 1e5)), max_size=30),
    st.randoms(use_true_random=False),
)
def test_a_wait_is_at_least_what_webex_asks_and_not_much_longer(ends, random):
    backoff = Backoff(random.uniform)
    for wanted, lasted in ends:
        wait = backoff.after(Disconnect(RECONNECT, "x", wanted), lasted)
        assert wanted <= wait <= max(wanted * 1.2, MAX_WAIT * 1.5)


def test_bots_that_were_cut_off_together_reconnect_one_by_one():
    def drawing(draw: float) -> Backoff:
        return Backoff(lambda _low, _high: draw)

    waits = {drawing(draw).after(ENDED, 0) for draw in (0.5, 1.5, 1.0)}
    assert waits == {0.25, 0.75, 0.5}


HOSTS = {
    "conv-k.wbx2.com": [{"id": "urn:TEAM:eu-central-1_k:conversation"}],
    "conv-a.wbx2.com": [{"id": "urn:TEAM:us-east-2_a:conversation"}],
}


@pytest.mark.parametrize(
    ("url", "cluster"),
    [
        ("https://conv-k.wbx2.com/conversation/api/v1/x", "urn:TEAM:eu-central-1_k"),
        ("https://conv-a.wbx2.com/conversation/api/v1/x", "us"),
        ("https://elsewhere.example/x", "us"),
        ("https://[", "us"),
        ("", "us"),
    ],
)
def test_the_url_of_a_conversation_names_the_cluster(url, cluster):
    assert cluster_of(HOSTS, url) == cluster


@pytest.mark.parametrize("catalog", [None, [], 7, {"x": None}, {"x": [7]}, {"x": [{}]}, {"x": 7}])
def test_a_malformed_discovery_counts_as_none(catalog):
    assert cluster_of(catalog, "https://x/y") == "us"


@pytest.mark.parametrize(
    ("names", "named"),
    [
        (["provbot-1"], set()),
        (["provbot-1", "provbot-2", "provbot-2"], {"provbot-2"}),
        (["provbot-doctor", "python-webex-bot-client", ""], set()),
        ([], set()),
    ],
)
def test_registrations_of_other_provbots_are_recognized(names, named):
    assert other_registrations(names, "provbot-1") == named
