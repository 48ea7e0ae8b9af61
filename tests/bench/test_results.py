"""What the bench says was reached, from figures that are known."""

import pytest

from bench.adds import Burst, Waited
from bench.crowded import Limited, Memory
from bench.parsing import Parsing
from bench.people import Heard
from bench.plot import plot
from bench.results import Check, Measured, middle, p95, reached
from bench.single import Work
from sandbox.call_log import Call
from sandbox.chat_model import Message, MessageContent
from sandbox.clock import SystemClock

SLOW = 0.3
CARD = Heard(0.0, Message("key", "room", "bot", SystemClock().now(), MessageContent()))


def call(method: str, path: str) -> Call:
    return Call(1, "", method, path, "", "bot", None, 200, "", 1.0)


def bursting(people: int, seconds: float, lost: int = 0) -> Burst:
    cards = [Waited(SLOW, seconds, CARD)] * people
    results = [Waited(2 * SLOW, seconds)] * (people - lost) + [Waited(None, None)] * lost
    return Burst(people, SLOW, cards, results, people - lost)


def measured(**more: object) -> Measured:
    asked = [call("GET", "/v1/messages/1"), call("POST", "/v1/messages")]
    pressed = [call("GET", "/v1/attachment/actions/1"), call("POST", "/v1/devices")]
    work = Work({"help": [0.004], "message": [0.004], "press": [0.009]})
    limited = Limited(10.0, 10, 100, 100, 100, 10.5, 110, 0, {"bot": 60, "service_app": 110})
    refused = Limited(10.0, 10, 100, 100, 100, 10.5, 210, 35, {"bot": 60, "service_app": 110})
    values = {
        "starts": [1.4],
        "trips": {"help": asked, "press": pressed},
        "work": work,
        "bursts": [bursting(1, 1.0), bursting(100, 1.2)],
        "memory": Memory(89.0, 10, 10, [90.0, 91.0]),
        "limited": limited,
        "refused": refused,
        "parsing": Parsing(0.0002, 0.0009),
    }
    return Measured("provbot", **{**values, **more})  # type: ignore[arg-type]


def missed(bot: Measured) -> list[Check]:
    return [check for check in reached(bot) if not check.reached]


def test_all_of_it_can_be_reached():
    assert len(reached(measured())) == 10
    assert missed(measured()) == []


@pytest.mark.parametrize(
    ("more", "aim"),
    [
        ({"starts": [1.6]}, "ready"),
        ({"trips": {"help": [call("GET", "/v1/messages/1")] * 3, "press": []}}, "a message takes"),
        ({"parsing": Parsing(0.0002, 0.0011)}, "a message is understood"),
        ({"work": Work({"help": [0.006], "message": [0.006], "press": [0.001]})}, "own work"),
        ({"bursts": [bursting(1, 1.0), bursting(100, 1.4)]}, "100 people"),
        ({"bursts": [bursting(1, 1.0), bursting(100, 1.2, lost=1)]}, "100 people"),
        ({"memory": Memory(91.0, 10, 10, [91.0, 92.0])}, "at most 90 MiB"),
        ({"memory": Memory(80.0, 10, 10, [80.0, 83.0])}, "flat"),
        ({"limited": Limited(10.0, 10, 100, 100, 100, 11.5, 0, 0, {"bot": 110})}, "100 adds"),
        ({"limited": Limited(10.0, 10, 100, 100, 99, 10.0, 0, 0, {"bot": 110})}, "100 adds"),
        ({"refused": Limited(10.0, 10, 9, 9, 9, 9.0, 120, 2, {"bot": 110})}, "with 20 %"),
    ],
)
def test_each_is_missed_by_itself(more: dict[str, object], aim: str):
    (check,) = missed(measured(**more))

    assert check.aim.startswith(aim)


def test_a_press_that_shows_nothing_soon_is_a_miss():
    late = Burst(1, SLOW, [Waited(SLOW, 1.0, CARD)], [Waited(1.1, 2.0)], 1)

    (check,) = missed(measured(bursts=[late]))

    assert check.measured == "after 1.10 s"


def test_of_a_crowd_the_slowest_five_of_a_hundred_do_not_count():
    times = [float(number) for number in range(1, 101)]

    assert (p95(times), middle(times)) == (96.0, 50.5)
    assert (p95([]), middle([])) == (None, None)


def test_who_got_no_card_could_not_press_and_counts_as_not_answered():
    nobody = Waited(None, None)
    crowd = Burst(2, SLOW, [Waited(SLOW, 1.0, CARD), nobody], [Waited(SLOW, 0.5)], 1)

    assert (crowd.answered, crowd.asked, crowd.whole) == (2, 4, [1.5])


def test_the_plot_tells_of_losses_and_of_those_who_got_nothing_at_all():
    lost = Burst(2, SLOW, [Waited(None, None)] * 2)

    drawn = plot([measured(bursts=[bursting(2, 1.0)]), Measured("<other>", bursts=[lost])])

    assert ">100%<" in drawn
    assert 'class="lost">0%<' in drawn
    assert "&lt;other&gt;" in drawn
