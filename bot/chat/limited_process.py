"""What the processes that read one file have in common: their input, and their limits.

A file from outside may be made to cost much time or memory. Here the operating system limits both,
and there are neither the environment nor the connections of the bot.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

_HEADER_END = b"\n"
REFUSED = "refused"

Options = dict[str, Any]


def joined(options: Options, content: bytes) -> bytes:
    """What the process reads: a line with options, and the file."""
    return json.dumps(options).encode() + _HEADER_END + content


def refusal(sentence: str) -> bytes:
    """What the process writes if it cannot read the file: a sentence for people."""
    return json.dumps({REFUSED: sentence}, ensure_ascii=False).encode()


def main(read: Callable[[Options, bytes], bytes], too_costly: str) -> None:
    """Read the input, and write what `read` makes of it.

    `read` should import what it needs when it is called: under the limits. `too_costly` is written
    if it takes too much memory.
    """
    header, _, content = sys.stdin.buffer.read().partition(_HEADER_END)
    options = json.loads(header)
    _limit(options["cpu_seconds"], options["memory"])
    try:
        answer = read(options, content)
    except MemoryError:
        answer = refusal(too_costly)
    sys.stdout.buffer.write(answer)


def _limit(cpu_seconds: int, memory: int) -> None:
    """Have the system end this process when it uses more. Windows knows no such limits."""
    try:
        import resource
    except ImportError:
        return
    limits = (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, limit in limits:
        _, hard = resource.getrlimit(kind)
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (bound, bound))
