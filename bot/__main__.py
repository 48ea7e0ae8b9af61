"""The entry point of `provbot` and `python -m bot`."""

import signal
import sys

if sys.argv[1:2] == ["run"]:
    # Before the imports, which take a second: as process 1 of a container, a process without a
    # handler ignores SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

from bot.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
