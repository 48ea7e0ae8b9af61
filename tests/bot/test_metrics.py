"""What is measured names paths, never the things behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import metrics
from bot.webex.messaging import public_id


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("messages", "/messages"),
        (
            f"messages/{public_id('MESSAGE', 'f3d50c57-e676-11f1-a2de-97551557ca16')}",
            "/messages/{id}",
        ),
        ("devices/f3d50c57-e676-11f1-a2de-97551557ca16", "/devices/{id}"),
        (
            "telephony/config/locations/Y2lzY29zcGFyazovL3VzL0xPQ0/dectNetworks",
            "/telephony/config/locations/{id}/dectNetworks",
        ),
        (
            "telephony/config/locations/Y2lzY29zcGFyazovL3VzL0xPQ0/x/serviceabilityPassword",
            "/telephony/config/locations/{id}/x/serviceabilityPassword",
        ),
        (
            "telephony/config/devices/actions/validateMacs/invoke",
            "/telephony/config/devices/actions/validateMacs/invoke",
        ),
        ("people?email=ann@example.com", "/people"),
        ("people/ann@example.com", "other"),
        ("", "/"),
    ],
)
def test_a_path_is_counted_by_its_template(path, shown):
    assert metrics.template(path) == shown


@given(st.text(max_size=60))
def test_every_path_has_a_template_without_digits_or_addresses(path):
    shown = metrics.template(path)
    assert shown == "other" or not set(shown) & set("0123456789@?=%")


def test_states_without_requests_are_removed():
    metrics.set_requests({"draft": 2, "done": 1})
    metrics.set_requests({"done": 3})
    text = metrics.text().decode()
    assert 'provbot_requests{state="done"} 3.0' in text
    assert 'state="draft"' not in text


def test_the_number_of_labels_is_limited():
    known: set[str] = set()
    shown = {metrics.bounded(f"/{'x' * number}", known) for number in range(1000)}
    assert len(shown) == metrics.MAX_PATHS + 1
    assert metrics.OTHER in shown
    assert metrics.bounded("/x", known) == "/x"


def test_a_healthy_check_is_one():
    metrics.set_checks({"start": "It is starting."})
    metrics.set_checks({"socket": "", "database": "It is full."})
    text = metrics.text().decode()
    assert 'provbot_check{check="socket"} 1.0' in text
    assert 'provbot_check{check="database"} 0.0' in text
    assert 'check="start"' not in text
