"""What the bench says was reached, from figures that are known."""

import pytest

from bench.adds import Burst, Waited
from bench.limits import Limit, Limited, Unaffected
from bench.memory import Aftermath, Memory
from bench.parsing import Parsing
from bench.people import Heard
from bench.plot import plot
from bench.results import Check, Measured, Scripted, middle, p95, reached
from bench.single import Work
from bot.webex.connections import MAX_CONNECTIONS
from sandbox.call_log import Call
from sandbox.chat_model import Message, MessageContent
from sandbox.clock import SystemClock

SLOW = 0.3
CARD = Heard(0.0, Message("key", "room", "bot", SystemClock().now(), MessageContent()))
LIMIT = Limit(10.0, 10)
REFUSING = Limit(10.0, 10, 0.2)
CALLS = {"bot": 60, "service_app": 110}  # 100 of them must wait for the limit: 10 seconds


def call(method: str, path: str) -> Call:
    return Call(1, "", method, path, "", "bot", None, 200, "", 1.0)


HELP = [call("GET", "/v1/messages/1"), call("POST", "/v1/messages")]
CHANGE = call("POST", "/v1/devices")
PRESS = [call("GET", "/v1/attachment/actions/1")] * 6 + [CHANGE]


def bursting(people: int, seconds: float, lost: int = 0) -> Burst:
    cards = [Waited(SLOW, 9.0, CARD)] * people
    results = [Waited(2 * SLOW, seconds)] * (people - lost) + [Waited(None, None)] * lost
    return Burst(people, SLOW, cards, results, people - lost)


def crowds(thirty: Burst, hundred: Burst) -> dict[str, list[Burst]]:
    return {"bursts": [bursting(1, 1.0), thirty, hundred]}


def working(message: float, press: float) -> dict[str, Work]:
    return {"work": Work({"help": [0.004], "message": [message], "press": [press]})}


def limited(done: int = 100, took: float = 10.5, sent: int = 178) -> Limited:
    return Limited(LIMIT, 100, 100, done, took, sent, 0, CALLS)


def refused(done: int = 20, took: float = 59.0, sent: int = 210) -> Limited:
    return Limited(REFUSING, 20, 20, done, took, sent, 35, CALLS)


def left(later: float = 94.0, connections: int = MAX_CONNECTIONS, handshakes: int = 0) -> Aftermath:
    return Aftermath(100, 80.0, 150.0, connections, 100, 120.0, later, handshakes)


def helped(late: int, lost: int = 0) -> Unaffected:
    """Of forty people, so many were answered after two seconds, or not at all."""
    return Unaffected(20, 40, [0.1] * (40 - late - lost) + [2.0] * late, 50)


def measured(**more: object) -> Measured:
    values = {
        "starts": [0.6],
        "trips": {"help": HELP, "press": PRESS},
        **working(0.006, 0.009),
        **crowds(bursting(30, 1.2), bursting(100, 1.6)),
        "memory": Memory(80.0, 10, 10, [90.0, 91.0]),
        "aftermath": left(),
        "limited": limited(),
        "refused": refused(),
        "unaffected": helped(1),
        "parsing": Parsing(0.0002, 0.0009),
    }
    return Measured("provbot", **{**values, **more})  # type: ignore[arg-type]


def missed(bot: Measured) -> list[Check]:
    return [check for check in reached(bot) if not check.reached]


def test_all_of_it_can_be_reached():
    assert len(reached(measured())) == 18
    assert missed(measured()) == []


@pytest.mark.parametrize(
    ("more", "aim"),
    [
        ({"limited": limited(done=99)}, "100 adds"),
        ({"limited": limited(took=10.6)}, "100 adds"),
        ({"limited": limited(sent=179)}, "the same: requests"),
        ({"refused": refused(done=19)}, "20 people at once"),
        ({"refused": refused(took=61.0)}, "20 people at once"),
        ({"refused": refused(sent=216)}, "the same: requests"),
        ({"unaffected": helped(2)}, "`help` while"),
        ({"unaffected": helped(0, lost=2)}, "`help` while"),
        (working(0.0061, 0.009), "own work for a message"),
        (working(0.006, 0.0091), "own work for a press"),
        ({"trips": {"help": HELP[:1] * 3, "press": PRESS}}, "`help` takes"),
        ({"trips": {"help": HELP, "press": [*PRESS, HELP[0]]}}, "`help` takes"),
        ({"trips": {"help": HELP, "press": HELP}}, "`help` takes"),
        (crowds(bursting(30, 1.4), bursting(100, 1.6)), "30 people"),
        (crowds(bursting(30, 1.2, lost=1), bursting(100, 1.6)), "30 people"),
        (crowds(bursting(30, 1.2), bursting(100, 1.8)), "100 people"),
        ({"memory": Memory(81.0, 10, 10, [91.0, 92.0])}, "at most 80 MiB"),
        ({"memory": Memory(80.0, 10, 10, [80.0, 83.0])}, "flat"),
        ({"aftermath": left(later=96.0)}, "120 s after"),
        ({"aftermath": left(connections=MAX_CONNECTIONS + 1)}, "100 presses at once open"),
        ({"aftermath": left(connections=0)}, "100 presses at once open"),
        ({"aftermath": left(handshakes=1)}, "a second command"),
        ({"starts": [0.61]}, "ready"),
        ({"parsing": Parsing(0.0002, 0.0011)}, "a message is understood"),
    ],
)
def test_each_is_missed_by_itself(more: dict[str, object], aim: str):
    (check,) = missed(measured(**more))

    assert check.aim.startswith(aim)


def test_a_press_that_shows_nothing_soon_is_a_miss():
    late = Burst(1, SLOW, [Waited(SLOW, 1.0, CARD)], [Waited(1.1, 2.0)], 1)

    (check,) = missed(measured(bursts=[late]))

    assert check.measured == "p95 1.10 s"


def test_of_a_crowd_the_slowest_five_of_a_hundred_do_not_count():
    times = [float(number) for number in range(1, 101)]

    assert (p95(times), middle(times)) == (96.0, 50.5)
    assert (p95([]), middle([])) == (None, None)


def test_who_got_no_card_could_not_press_and_counts_as_not_answered():
    nobody = Waited(None, None)
    crowd = Burst(2, SLOW, [Waited(SLOW, 1.0, CARD), nobody], [Waited(SLOW, 0.5)], 1)

    assert (crowd.answered, crowd.asked) == (2, 4)


def test_the_plot_tells_of_losses_and_of_those_who_got_nothing_at_all():
    lost = Burst(2, SLOW, [Waited(None, None)] * 2)
    half = Scripted("script", 10, limited(done=50, took=20.0))

    drawn = plot([measured(bursts=[bursting(2, 1.0)]), Measured("<other>", bursts=[lost])], [half])

    assert ">100%<" in drawn
    assert 'class="lost">0%<' in drawn
    assert ">0.50<" in drawn
    assert 'class="lost">50%<' in drawn
    assert "&lt;other&gt;" in drawn
