"""A moving picture as one SVG file: frames shown in turn, each for its own time, in a loop."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

STYLE = """<style>
image {{ opacity: 0; animation: {total:g}s step-end infinite; }}
{rules}
@media (prefers-reduced-motion: reduce) {{
  image {{ animation: none !important; }}
  #frame{still} {{ opacity: 1; }}
}}
</style>"""


@dataclass(frozen=True)
class Frame:
    """A picture in WebP, and for how many seconds it is shown."""

    webp: bytes
    seconds: float


def svg(frames: Sequence[Frame], *, width: int, height: int, still: int) -> str:
    """Return the file. People who want no motion see the frame `still`, counted from 0."""
    total = sum(frame.seconds for frame in frames)
    rules, images, start = [], [], 0.0
    for number, frame in enumerate(frames):
        end = start + frame.seconds
        rules.append(_rule(number, start / total * 100, end / total * 100))
        data = base64.b64encode(frame.webp).decode()
        images.append(
            f'<image id="frame{number}" width="{width}" height="{height}"'
            f' href="data:image/webp;base64,{data}"/>'
        )
        start = end
    style = STYLE.format(total=total, rules="\n".join(rules), still=still)
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    body = "\n".join([style, *images])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>\n{body}\n</svg>\n'


def _rule(number: int, start: float, end: float) -> str:
    """Show a frame from `start` to `end`, in percent of the whole."""
    steps = "" if start == 0 else "0% { opacity: 0; } "
    steps += f"{start:.2f}% {{ opacity: 1; }}"
    steps += f" {end:.2f}% {{ opacity: 0; }}" if end < 99.99 else " 100% { opacity: 1; }"
    return (
        f"@keyframes show{number} {{ {steps} }}"
        f" #frame{number} {{ animation-name: show{number} !important; }}"
    )
