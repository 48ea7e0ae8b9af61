"""The sections about PostgreSQL, as Markdown."""

from collections.abc import Callable, Iterator, Sequence
from statistics import mean, median

from bench import part_goals
from bench.adds import Burst, arrived
from bench.engines import AT_ONCE, Engine, Idle
from bench.failover import FailOver
from bench.part_report import section
from bench.report import both, mib, table
from bench.results import seconds
from bench.single import COMMANDS

ABOUT_ENGINES = """\
The same bot on a SQLite file and on a PostgreSQL server, in turn. Both flush to the same disk; the
server runs on this machine, so there is no network between. *Own work* is the CPU time of the bot's
process without that of the server. A call of the store stores a message and waits for the flush."""
ABOUT_FAILOVER = """\
Two replicas on one PostgreSQL server. The leader is killed (SIGKILL), frozen (SIGSTOP) or asked to
stop (SIGTERM), at all moments between two renewals of its lease, and somebody asks for `help` right
after it. All times are from the event: until the answer is in the chat, and until the successor
says at `/readyz` that it leads. A leader that was frozen goes on after that, finds out that it no
longer leads, and ends."""

Cell = Callable[[Engine], str]


def engines_section(heading: str, seen: Sequence[Engine], where: str = "") -> str:
    """Return what was measured of both engines."""
    head = ("", *(engine.name for engine in seen))
    rows = [(what, *map(cell, seen)) for what, cell in _cells(seen[0])]
    return "\n\n".join(filter(None, (f"## {heading}", ABOUT_ENGINES, where, table(head, rows))))


def _cells(first: Engine) -> Iterator[tuple[str, Cell]]:
    yield "store: a call alone", lambda engine: _ms(median(engine.calls.waits))
    yield "the same: CPU", lambda engine: _ms(engine.calls.cpu / len(engine.calls.waits))
    yield f"store: {AT_ONCE} calls at once", lambda engine: _ms(median(engine.groups.waits))
    yield (
        "the same: CPU for each call",
        lambda engine: _ms(engine.groups.cpu / len(engine.groups.waits) / AT_ONCE),
    )
    for command in COMMANDS:
        yield f"own work for a {command}", _own_work(command)
    yield "typed add, to the plan", lambda engine: both(_to_the_plan(engine.alone))
    yield "Confirm, to the result", lambda engine: both(_to_the_result(engine.alone))
    for latency, bursts in first.crowds.items():
        crowd = f"{bursts[0].people} at once, API {latency * 1000:.0f} ms"
        yield from _crowd(crowd, latency)
    yield "memory of a leader while nobody types", _of_idle("leader", lambda idle: mib(idle.memory))
    yield "the same: CPU for a minute", _of_idle("leader", lambda idle: _ms(idle.cpu))
    yield "the same: transactions in a minute", _of_idle("leader", _transactions)
    yield "memory of a standby", _of_idle("standby", lambda idle: mib(idle.memory))
    yield "the same: CPU for a minute", _of_idle("standby", lambda idle: _ms(idle.cpu))
    yield "the same: transactions in a minute", _of_idle("standby", _transactions)


def _crowd(crowd: str, latency: float) -> Iterator[tuple[str, Cell]]:
    yield f"{crowd}: to the plan", lambda engine: both(_to_the_plan(engine.crowds[latency]))
    yield f"{crowd}: to the result", lambda engine: both(_to_the_result(engine.crowds[latency]))
    yield (
        f"{crowd}: own work for each answer",
        lambda engine: _ms(mean(each.work / each.answered for each in engine.crowds[latency])),
    )
    yield (
        f"{crowd}: added",
        lambda engine: (
            f"{sum(each.added for each in engine.crowds[latency])}"
            f" of {sum(each.people for each in engine.crowds[latency])}"
        ),
    )


def _own_work(command: str) -> Cell:
    return lambda engine: _ms(median(engine.work(command)))


def _of_idle(role: str, words: Callable[[Idle], str]) -> Cell:
    def cell(engine: Engine) -> str:
        idle = engine.leader if role == "leader" else engine.standby
        return words(idle) if idle else "–"

    return cell


def _transactions(idle: Idle) -> str:
    return "–" if idle.transactions is None else f"{idle.transactions:.0f}"


def _to_the_plan(bursts: Sequence[Burst]) -> list[float]:
    return [wait for each in bursts for wait in arrived(each.cards)]


def _to_the_result(bursts: Sequence[Burst]) -> list[float]:
    return [wait for each in bursts for wait in arrived(each.results)]


def _ms(time: float) -> str:
    return f"{time * 1000:.2f} ms"


def failover_section(heading: str, seen: Sequence[FailOver], where: str = "") -> str:
    """Return what was measured of fail-overs."""
    head = ("the leader was", "times", "answered", "longest", "another leads", "longest")
    rows = [
        (
            each.event,
            each.asked,
            both(each.answers),
            seconds(max(each.answers, default=None)),
            both(each.leads),
            seconds(max(each.leads, default=None)),
        )
        for each in seen
    ]
    return section(heading, ABOUT_FAILOVER, part_goals.of_failovers(seen), table(head, rows), where)
