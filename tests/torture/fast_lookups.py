"""`provbot run`, but what a look-up waits for in production is waited for in less time.

A change whose answer was lost is looked at for two minutes before it counts as verified absent
(docs/webex/provisioning.md §10): Webex may be that slow. The sandbox is not, so a rehearsal need
not wait. Likewise the bot looks for a message that is not shown; here long enough for what the
weather delays. What was added is looked for and told at that pace, too.
"""

import asyncio
import os

from bot.core import config, logs, retry
from bot.domain import registration_reads
from bot.requests import following_summary, registration_news
from bot.service import lifecycle

FASTER = float(os.environ.get("TORTURE_FASTER", "1"))  # 1: at the pace of production
EDIT_PAUSE = "MIN_SECONDS_BETWEEN_EDITS"
LATEST = 20.0  # seconds that the weather keeps a message back, and some more


async def sleep(seconds: float) -> None:
    """So much of it."""
    await asyncio.sleep(seconds / FASTER)


def _follow_faster() -> None:
    registration_reads.MINUTE /= FASTER
    registration_reads.HOLD /= FASTER
    registration_reads.LATE_PACE /= FASTER
    registration_reads.LATE_CODE_PACE /= FASTER
    following_summary.MIN_SECONDS_BETWEEN_EDITS /= FASTER
    setattr(registration_news, EDIT_PAUSE, following_summary.MIN_SECONDS_BETWEEN_EDITS)
    registration_news.MAX_PAUSE /= FASTER
    registration_news.RECENT /= FASTER
    registration_news.GRACE /= FASTER
    registration_news.LONG_GRACE /= FASTER


def main() -> None:
    """Run until SIGTERM."""
    retry.VISIBILITY_TIMEOUT = max(retry.VISIBILITY_TIMEOUT / FASTER, LATEST)
    _follow_faster()
    settings = config.load()
    logs.configure(settings.log)
    asyncio.run(lifecycle.main(settings, sleep))


if __name__ == "__main__":
    main()
