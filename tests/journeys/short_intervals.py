"""`python -m bot run`, but what it does every few seconds, it does several times a second.

A journey that waits for a reminder, a look at what was added or another connection need not wait as
long as in production. How long the bot waits there is the matter of the tests of these modules.
"""

import os
import runpy
from typing import Any

from bot.chat import reconnect
from bot.requests import expiry, following
from bot.service import bot
from bot.webex import bot_token

INTERVALS: tuple[tuple[Any, str], ...] = (
    (bot, "APPROVALS_INTERVAL"),
    (expiry, "INTERVAL"),
    (following, "INTERVAL"),
    (reconnect, "MIN_WAIT"),
    (reconnect, "REPLACED_WAIT"),
    (bot_token, "PAUSES"),
)


def main() -> None:
    """Run the command line with the arguments of this process."""
    divisor = float(os.environ["TESTS_INTERVALS_BY"])
    for module, name in INTERVALS:
        value = getattr(module, name)
        shorter = tuple(
            seconds / divisor for seconds in (value if isinstance(value, tuple) else [value])
        )
        setattr(module, name, shorter if isinstance(value, tuple) else shorter[0])
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
