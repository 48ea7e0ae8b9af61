"""`provbot run`, but what a look-up waits for in production is waited for in less time.

A change whose answer was lost is looked at for two minutes before it counts as verified absent
(webex-provisioning.md §10): Webex may be that slow. The sandbox is not, so a rehearsal need not wait.
"""

import asyncio
import os

from bot import app, config, telemetry

FASTER = float(os.environ["TORTURE_FASTER"])  # 1: at the pace of production


async def sleep(seconds: float) -> None:
    """So much of it."""
    await asyncio.sleep(seconds / FASTER)


def main() -> None:
    """Run until SIGTERM."""
    settings = config.load()
    telemetry.configure(settings.log)
    asyncio.run(app.main(settings, sleep))


if __name__ == "__main__":
    main()
