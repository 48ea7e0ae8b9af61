"""The entry point of `provbot` and `python -m bot`."""

import signal
import sys


def main() -> None:
    """Run the command line; `run` without the modules that only the other commands need."""
    if sys.argv[1:] == ["run"]:
        _run()
    else:
        from bot.cli.app import app

        app()


def _run() -> None:
    # Before the imports, which take half a second: as process 1 of a container, a process without
    # a handler ignores SIGTERM.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    from bot.core.lean_imports import lean

    with lean():
        from bot.cli import run
    run.main()


if __name__ == "__main__":
    main()
