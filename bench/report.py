"""The results as Markdown tables."""

from collections.abc import Iterable, Iterator, Sequence

from bench.adds import arrived
from bench.limits import Limited, Unaffected
from bench.memory import Aftermath, Memory
from bench.results import Check, Measured, Scripted, middle, p95, reached, seconds
from bench.single import COMMANDS, in_words

HEAD = """# Speed compared with stock webex-bot and wxc-sdk

One run of `make bench` measures three contestants, each in its own process, against its own
sandbox of the same kind:

- **provbot**: people type `add phone …`, get a card, and press Confirm.
- **stock webex-bot 1.3.1** (bench/stock.py): an add-phone command written as its README teaches.
  People type `add phone`, get a form, and press Submit. It looks up the owner and adds the phone;
  it checks nothing else.
- **a script with wxc-sdk** (bench/wxc_script.py): its own async client, without a bot and without
  chat. Only the rate limits are the same work for it. For each phone it makes the five calls that
  provbot makes for an add: the person by email and by id, whether the MAC is free, the owner's
  phones, the change. It does not read these facts again, as provbot does after the press.

Each phone is for a different owner. Times are measured as people see them: from the moment a
message or press is in the cloud until the bot's message is there. The sandbox and its people run
on the same machine as the bot, so **compare ratios, not seconds**.

{where}
"""
ABOUT_GOALS = """\
[Performance](../docs/performance.md) tells what was done to reach them. Each FAIL links to the
profile that says why."""
WHY = "../docs/performance.md#goals-that-are-not-reached"
ABOUT_BURSTS = """\
All people type at the same instant. When the last card has arrived, or no more cards come, all
people who have a card press its button at the same instant. *To see something*: the time from a
message or a press to the bot's first message. *To the card*: from the message. *To the result*:
from the press. *Answered*: cards and results, two for each person. *Added*: phones that exist
afterwards and have the right owner. For each line, the bot is started again and warmed up with
three adds. A line of one person is the sum of eight such adds, one of a crowd with provbot of
three crowds."""
ABOUT_LIMITS = """\
With the bots, fifty engineers add one phone after the other; the script has fifty workers, and
wxc-sdk makes up to ten calls at the same time (its default), or fifty. *Needed*: one request for
each call that was answered, and one more for each random refusal. *Allowed*: the seconds that the
limit requires for the calls of the busiest token. *Reached*: allowed / took. With the random
refusals, twenty people or workers add one phone each. People who wait for a minute give up on that
phone. Everything ends after a minute, except provbot's 1,000 adds: by then it shows how fast a
contestant is. With stock webex-bot, everybody gives up after twenty seconds."""
ABOUT_WORK = """\
*Own work* is the CPU time of the bot's process, in all threads, from the event to the last call
that it causes: HTTP, TLS, JSON, database and log. *Ready* means that the websocket is connected;
the database exists already. The crowd presses at an API of 300 ms; the websocket does not count
as a connection."""


def report(bots: Sequence[Measured], scripts: Sequence[Scripted], where: str, plot: str) -> str:
    """Return the page. `where` describes machine and commit, `plot` is the image beside it.

    The sections of `bench/parts.py` follow it.
    """
    parts = [
        HEAD.format(where=where),
        f"## Goals\n\n{ABOUT_GOALS}\n",
        goals(reached(bots[0])),
        f"![Seconds to the result, who was answered, and the rate limit]({plot})\n",
        f"## Many people at the same time\n\n{ABOUT_BURSTS}\n",
        _bursts(bots),
        "## Round trips\n",
        _trips(bots),
        f"## Start, memory, own work\n\n{ABOUT_WORK}\n",
        _weight(bots),
        f"## Against the rate limit\n\n{ABOUT_LIMITS}\n",
        _limits([*bots, *scripts]),
    ]
    parts += [_unaffected(bot.unaffected) for bot in bots if bot.unaffected]
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def goals(checks: Iterable[Check]) -> str:
    """Return the table of goals."""
    rows = [
        (check.aim, check.measured, "PASS" if check.reached else f"[**FAIL**]({WHY})")
        for check in checks
    ]
    return table(("goal", "measured", ""), rows)


def _bursts(bots: Sequence[Measured]) -> str:
    kinds = sorted({(burst.latency, burst.people) for bot in bots for burst in bot.bursts})
    head = (
        "API",
        "people",
        "bot",
        "answered / asked",
        "added",
        "to see something",
        "to the card",
        "to the result",
    )
    rows = []
    for latency, people in kinds:
        for bot in bots:
            cell = bot.cell(people, latency)
            rows.append((
                f"{latency * 1000:.0f} ms", people, bot.name, f"{cell.answered} / {cell.asked}",
                f"{cell.added} / {len(cell.cards)}",
                *map(both, (cell.first, arrived(cell.cards), arrived(cell.results))),
            ))  # fmt: skip
    return table(head, rows)


def both(times: Sequence[float]) -> str:
    """Return the median and the 95th percentile to read."""
    return f"{seconds(middle(times))}, p95 {seconds(p95(times))}" if times else "–"


def _trips(bots: Sequence[Measured]) -> str:
    names = {"help": "`help`", "message": "typed add, to the card", "press": "press, to the end"}
    rows: list[Sequence[object]] = [
        (names[what], bot.name, len(bot.trips[what]), in_words(bot.trips[what]))
        for what in COMMANDS
        for bot in bots
    ]
    rows += [
        ("**whole add**", bot.name, len(bot.trips["message"]) + len(bot.trips["press"]), "")
        for bot in bots
    ]
    return table(("command", "bot", "calls", "which"), rows)


def _weight(bots: Sequence[Measured]) -> str:
    rows: list[list[str]] = [
        ["start to ready, median", *(seconds(middle(bot.starts)) for bot in bots)]
    ]
    for what in COMMANDS:
        spent = (bot.work.median(what) * 1000 if bot.work else 0 for bot in bots)
        rows.append(
            [f"own work for a {what}", *(f"{milliseconds:.1f} ms" for milliseconds in spent)]
        )
    rows.append(_in_a_crowd(bots))
    rows += _held([bot.memory for bot in bots])
    rows += _left([bot.aftermath for bot in bots])
    return table(("", *(bot.name for bot in bots)), rows)


def _held(memories: Sequence[Memory | None]) -> Iterator[list[str]]:
    yield ["memory idle", *(f"{memory.idle:.0f} MiB" if memory else "–" for memory in memories)]
    for title, index in (("a tenth", 0), ("half", 4), ("all", 9)):
        held = (_sample(memory, index) for memory in memories)
        yield [f"memory after {title} of the messages", *held]
    answered = (
        f"{memory.answered:,} / {memory.messages:,}" if memory else "–" for memory in memories
    )
    yield ["messages answered meanwhile", *answered]


def _left(lefts: Sequence[Aftermath | None]) -> Iterator[list[str]]:
    """What a crowd leaves behind; measured with those bots that survive one."""
    sample = next((left for left in lefts if left), None)
    if sample is None:
        return
    crowd = f"{sample.people} presses at once"
    yield [f"memory, {crowd}", *(mib(left.at_once if left else None) for left in lefts)]
    later = (mib(left.later if left else None) for left in lefts)
    yield [f"memory, {sample.quiet:.0f} quiet seconds later", *later]
    yield [f"connections, {crowd}", *(str(left.connections if left else "–") for left in lefts)]


def mib(memory: float | None) -> str:
    """Return an amount of memory to read."""
    return "–" if memory is None else f"{memory:.0f} MiB"


def _in_a_crowd(bots: Sequence[Measured]) -> list[str]:
    """Messages and presses alike, by what was answered, where the API takes the least time."""
    most = max(burst.people for bot in bots for burst in bot.bursts)
    soonest = min(burst.latency for bot in bots for burst in bot.bursts)
    crowds = [bot.cell(most, soonest) for bot in bots]
    spent = (
        f"{burst.work / burst.answered * 1000:.1f} ms" if burst.work and burst.answered else "–"
        for burst in crowds
    )
    return [f"own work for each answer to {most} people at once", *spent]


def _sample(memory: Memory | None, index: int) -> str:
    if memory is None:
        return "–"
    if index >= len(memory.samples):
        return "crashed" if memory.died else "–"
    return f"{memory.samples[index]:.0f} MiB"


def _limits(contestants: Sequence[Measured | Scripted]) -> str:
    head = (
        "limit of each token", "contestant", "done / begun / wanted", "took", "allowed",
        "reached", "sent / needed",
    )  # fmt: skip
    pairs = [(each.name, each.limited) for each in contestants]
    pairs += [(each.name, each.refused) for each in contestants]
    return table(head, [_limit(name, limited) for name, limited in pairs if limited])


def _limit(name: str, limited: Limited) -> Sequence[str]:
    limit = limited.limit
    chance = f", {limit.refused:.0%} random 429" if limit.refused else ""
    return (
        f"{limit.per_second:.0f}/s, burst {limit.burst}{chance}",
        name,
        f"{limited.done} / {limited.begun} / {limited.wanted}",
        f"{limited.took:.0f} s",
        f"{limited.allowed:.0f} s",
        f"{limited.reached:.2f}",
        f"{limited.sent} / {limited.needed} = {limited.sent_for_each:.2f}",
    )


def _unaffected(seen: Unaffected) -> str:
    return (
        f"While every call to `telephony/config` was refused ({seen.refused} times) and"
        f" {seen.adding} people had asked for an add, others asked for `help` {seen.asked} times:"
        f" {both(seen.waits)}.\n"
    )
