"""`python -m bot.chat.list_process`: reads one list from its input, and writes it as JSON.

A file from outside may be made to cost much time or memory. Here the operating system limits both,
and there are neither the environment nor the connections of the bot.
"""

import json
import sys
from typing import Any

TOO_COSTLY = (
    "The list takes too much time or memory to read. Nothing was changed. Please copy the rows that"
    " you need into a new file, save it as CSV, and send that one."
)
_HEADER_END = b"\n"


def joined(options: dict[str, Any], content: bytes) -> bytes:
    """What the process reads: a line with options, and the file."""
    return json.dumps(options).encode() + _HEADER_END + content


def main() -> None:
    """Read the input, and write the list or the sentence that says why there is none."""
    header, _, content = sys.stdin.buffer.read().partition(_HEADER_END)
    options = json.loads(header)
    _limit(options["cpu_seconds"], options["memory"])
    sys.stdout.buffer.write(_answer(options, content))


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


def _answer(options: dict[str, Any], content: bytes) -> bytes:
    """The JSON that `transfer.load_list` reads."""
    try:
        # Imported under the limits, as the imports take most of the time of a short list.
        from bot.domain.lists.transfer import read_and_dump

        return read_and_dump(options, content)
    except MemoryError:
        return json.dumps({"refused": TOO_COSTLY}).encode()


if __name__ == "__main__":
    main()
