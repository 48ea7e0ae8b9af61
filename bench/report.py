"""The results as Markdown tables."""

from collections.abc import Iterable, Sequence

from bench.crowded import Limited, Memory
from bench.results import Check, Measured, middle, p95, reached
from bench.single import COMMANDS, in_words

HEAD = """# Speed compared with stock webex-bot

One run of `make bench` measures provbot and stock webex-bot 1.3.1 (bench/stock.py: an add-phone
command written as its README teaches). Each runs in its own process, against its own sandbox of
the same kind. Each person adds a phone for a different owner. Times are measured as people see
them: from the moment a message or press is in the cloud until the bot's message is there. The
sandbox and its people run on the same machine as the bot, so **compare ratios, not seconds**.

{where}
"""
ABOUT_BURSTS = """\
All people type at the same instant. When the last card has arrived, or no more cards come, all
people who have a card press its button at the same instant. *To see something*: the time from a
message or a press to the bot's first message. *To the result*: the time from the message to the
card plus the time from the press to the result. *Answered*: cards and results, two for each
person. *Added*: phones that exist afterwards and have the right owner. For each line, the bot is
started again and warmed up with three adds."""
ABOUT_LIMITS = """\
Fifty engineers add one phone after the other, each phone for a different owner. *Needed*: one
request for each call that was answered, and one more for each random refusal. *Allowed*: the
seconds that the limit requires for the calls of the busiest token. This leaves out that a random
refusal holds back all calls of its token for a second (its Retry-After). People who wait for a
minute give up on that phone. With stock webex-bot, everybody gives up after twenty seconds."""
ABOUT_WORK = """\
*Own work* is the CPU time of the bot's process, in all threads, from the event to the last call
that it causes: HTTP, TLS, JSON, database and log."""


def report(bots: Sequence[Measured], where: str, plot: str) -> str:
    """Return the page. `where` describes machine and commit, `plot` is the image beside it."""
    ours = bots[0]
    parts = [
        HEAD.format(where=where),
        "## Goals\n",
        _reach(reached(ours)),
        f"![Seconds to the result, and who was answered]({plot})\n",
        "## Many people at the same time\n",
        f"{ABOUT_BURSTS}\n",
        _bursts(bots),
        "## Round trips\n",
        _trips(bots),
        f"## Start, memory, own work\n\n{ABOUT_WORK}\n",
        _weight(bots),
    ]
    if any(bot.limited for bot in bots):
        parts += ["## Against the rate limit\n", f"{ABOUT_LIMITS}\n", _limits(bots)]
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _reach(checks: Iterable[Check]) -> str:
    rows = [
        (check.aim, check.measured, "PASS" if check.reached else "**FAIL**") for check in checks
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
        "to the result",
    )
    rows = []
    for latency, people in kinds:
        for bot in bots:
            cell = bot.cell(people, latency)
            rows.append((
                f"{latency * 1000:.0f} ms", people, bot.name, f"{cell.answered} / {cell.asked}",
                f"{cell.added} / {len(cell.cards)}", _both(cell.first), _both(cell.whole),
            ))  # fmt: skip
    return table(head, rows)


def _both(times: Sequence[float]) -> str:
    return f"{seconds(middle(times))}, p95 {seconds(p95(times))}" if times else "–"


def seconds(time: float | None) -> str:
    """A time to read."""
    return "–" if time is None else f"{time:.2f} s"


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
    memories = [bot.memory for bot in bots]
    rows.append(
        ["memory idle", *(f"{memory.idle:.0f} MiB" if memory else "–" for memory in memories)]
    )
    for title, index in (("a tenth", 0), ("half", 4), ("all", 9)):
        held = (_sample(memory, index) for memory in memories)
        rows.append([f"memory after {title} of the messages", *held])
    answered = (
        f"{memory.answered:,} / {memory.messages:,}" if memory else "–" for memory in memories
    )
    rows.append(["messages answered meanwhile", *answered])
    return table(("", *(bot.name for bot in bots)), rows)


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


def _limits(bots: Sequence[Measured]) -> str:
    head = (
        "limit of each token",
        "bot",
        "done / begun / wanted",
        "took",
        "allowed",
        "sent / needed",
    )
    rows = [
        _limit(bot.name, limited, chance)
        for bot in bots
        for limited, chance in ((bot.limited, ""), (bot.refused, ", 20 % random 429"))
        if limited is not None
    ]
    return table(head, rows)


def _limit(name: str, limited: Limited, chance: str) -> Sequence[str]:
    return (
        f"{limited.per_second:.0f}/s, burst {limited.burst}{chance}",
        name,
        f"{limited.done} / {limited.asked} / {limited.wanted}",
        f"{limited.took:.0f} s",
        f"{limited.allowed:.0f} s",
        f"{limited.sent} / {limited.needed} = {limited.sent / max(limited.needed, 1):.2f}",
    )
