"""The plot as SVG: a panel for each latency, a pair of bars for each number of people."""

from collections.abc import Iterator, Sequence
from html import escape

from bench.results import Measured, p95

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 330, 260, 44, 46, 58
BAR = 30
NARROWEST = 640
COLOURS = ("#1f6feb", "#b0722b")
STYLE = "text{font:11px sans-serif;fill:#444}.title{font-weight:bold}.lost{fill:#c0392b}"


def plot(bots: Sequence[Measured]) -> str:
    """Draw the seconds to the result (p95) as bars, with the percentage of answers above each."""
    latencies = sorted({burst.latency for bot in bots for burst in bot.bursts})
    width = max(WIDTH * len(latencies), NARROWEST)
    panels = "".join(
        f'<g transform="translate({WIDTH * index},0)">{"".join(_panel(bots, latency))}</g>'
        for index, latency in enumerate(latencies)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 24}" '
        f'width="{width}" height="{HEIGHT + 24}" role="img" '
        f'aria-label="Seconds to the result and answers, by latency and people">'
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        f"{panels}{''.join(_legend(bots))}</svg>\n"
    )


def _panel(bots: Sequence[Measured], latency: float) -> Iterator[str]:
    crowds = sorted({burst.people for bot in bots for burst in bot.bursts})
    cells = [[bot.cell(people, latency) for bot in bots] for people in crowds]
    top = max((p95(cell.whole) or 0.0 for row in cells for cell in row), default=0.0) or 1.0
    yield _text(LEFT, 18, f"API {latency * 1000:.0f} ms", "title")
    yield _text(LEFT, 32, "p95 to the result, in seconds")
    floor = HEIGHT - BOTTOM
    yield f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - 10}" fill="none" stroke="#999"/>'
    for row, people in enumerate(crowds):
        at = LEFT + 14 + row * (2 * BAR + 24)
        yield _text(at, floor + 16, f"{people} people" if people > 1 else "1 person")
        for number, cell in enumerate(cells[row]):
            share = 100 * cell.answered / max(cell.asked, 1)
            height = (p95(cell.whole) or 0.0) / top * (floor - TOP - 30)
            yield from _bar(at + number * (BAR + 2), floor - height, height, number)
            label = f"{p95(cell.whole):.1f}" if cell.whole else "–"
            yield _text(at + number * (BAR + 2), floor - height - 16, label)
            kind = "lost" if share < 100 else ""
            yield _text(at + number * (BAR + 2), floor - height - 4, f"{share:.0f}%", kind)


def _bar(x: float, y: float, height: float, number: int) -> Iterator[str]:
    colour = COLOURS[number % len(COLOURS)]
    yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{BAR}" height="{height:.1f}" fill="{colour}"/>'


def _legend(bots: Sequence[Measured]) -> Iterator[str]:
    for number, bot in enumerate(bots):
        x = LEFT + number * 150
        yield from _bar(x, HEIGHT, 12, number)
        yield _text(x + BAR + 6, HEIGHT + 10, bot.name)
    yield _text(
        LEFT + 150 * len(bots), HEIGHT + 10, "above each bar: seconds, and answered of asked"
    )


def _text(x: float, y: float, label: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(label)}</text>'
