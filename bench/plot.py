"""The plot as SVG: a panel for each latency, and one for the rate limit."""

from collections.abc import Iterator, Sequence
from html import escape

from bench.adds import Burst, arrived
from bench.results import Measured, Scripted, p95

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 330, 260, 44, 46, 58
BAR = 30
COLOURS = ("#1f6feb", "#b0722b", "#6e7781", "#afb8c1")
STYLE = "text{font:11px sans-serif;fill:#444}.title{font-weight:bold}.lost{fill:#c0392b}"
FLOOR = HEIGHT - BOTTOM
TALLEST = FLOOR - TOP - 30
LINE = 16  # of the legend


def plot(bots: Sequence[Measured], scripts: Sequence[Scripted]) -> str:
    """Draw the seconds from the press to the result (p95), and the share of the allowed rate."""
    latencies = sorted({burst.latency for bot in bots for burst in bot.bursts})
    contestants: list[Measured | Scripted] = [*bots, *scripts]
    panels = [_panel(bots, latency) for latency in latencies] + [_limit(contestants)]
    width, height = WIDTH * len(panels), HEIGHT + LINE * (len(contestants) + 1)
    drawn = "".join(
        f'<g transform="translate({WIDTH * index},0)">{"".join(panel)}</g>'
        for index, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="Seconds to the result and answers by latency and people; rate reached">'
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        f"{drawn}{''.join(_legend(contestants))}</svg>\n"
    )


def _panel(bots: Sequence[Measured], latency: float) -> Iterator[str]:
    crowds = sorted({burst.people for bot in bots for burst in bot.bursts})
    cells = [[bot.cell(people, latency) for bot in bots] for people in crowds]
    top = max((_late(cell) for row in cells for cell in row), default=0.0) or 1.0
    yield from _axes(f"API {latency * 1000:.0f} ms", "p95 from the press to the result, in seconds")
    for row, people in enumerate(crowds):
        at = LEFT + 14 + row * (2 * BAR + 24)
        yield _text(at, FLOOR + 16, f"{people} people" if people > 1 else "1 person")
        for number, cell in enumerate(cells[row]):
            share = cell.answered / max(cell.asked, 1)
            label = f"{_late(cell):.1f}" if arrived(cell.results) else "–"
            yield from _bar(at + number * (BAR + 2), _late(cell) / top, number, label, share)


def _late(cell: Burst) -> float:
    return p95(arrived(cell.results)) or 0.0


def _limit(contestants: Sequence[Measured | Scripted]) -> Iterator[str]:
    yield from _axes("Against the rate limit", "share of the allowed rate that was reached")
    for number, each in enumerate(contestants):
        if each.limited:
            share = each.limited.done / each.limited.wanted
            label = f"{each.limited.reached:.2f}"
            at = LEFT + 14 + number * (BAR + 12)
            yield from _bar(at, min(each.limited.reached, 1.0), number, label, share)


def _axes(title: str, what: str) -> Iterator[str]:
    yield _text(LEFT, 18, title, "title")
    yield _text(LEFT, 32, what)
    yield f'<path d="M{LEFT} {TOP}V{FLOOR}H{WIDTH - 10}" fill="none" stroke="#999"/>'


def _bar(at: float, height: float, number: int, label: str, share: float) -> Iterator[str]:
    """A bar of so much of the height, below its value and the share that was done."""
    top = FLOOR - height * TALLEST
    yield _rectangle(at, top, FLOOR - top, number)
    yield _text(at, top - 16, label)
    yield _text(at, top - 4, f"{100 * share:.0f}%", "lost" if share < 1 else "")


def _legend(contestants: Sequence[Measured | Scripted]) -> Iterator[str]:
    for number, each in enumerate(contestants):
        did = "people type and press in the chat" if isinstance(each, Measured) else "no chat"
        at = HEIGHT + LINE * number
        yield _rectangle(LEFT, at - 10, 12, number)
        yield _text(LEFT + BAR + 6, at, f"{each.name}: {did}")
    label = "above each bar: its value, and how much of the work was answered or done"
    yield _text(LEFT, HEIGHT + LINE * len(contestants), label)


def _rectangle(x: float, y: float, height: float, number: int) -> str:
    colour = COLOURS[number % len(COLOURS)]
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{BAR}" height="{height:.1f}" fill="{colour}"/>'


def _text(x: float, y: float, label: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(label)}</text>'
