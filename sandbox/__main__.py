"""``python -m sandbox``: serve until SIGTERM or SIGINT; one line of JSON on stdout says where."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from sandbox.server import Sandbox
from sandbox.settings import Settings


def main() -> None:
    """Parse the command line and serve."""
    asyncio.run(serve(_settings()))


def _settings() -> Settings:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A stand-in Webex cloud on loopback."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="HTTPS port of the cloud (0: any)")
    parser.add_argument("--page-port", type=int, default=0, help="HTTP port of page and control")
    parser.add_argument("--state-dir", type=Path, help="where ca.pem is written")
    parser.add_argument("--gov", action="store_true", help="behave as Webex for Government")
    return Settings(**vars(parser.parse_args()))


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Sandbox(settings) as sandbox:
        ready = {
            "apiUrl": sandbox.api_url,
            "u2cUrl": sandbox.u2c_url,
            "caFile": sandbox.ca_file,
            "pageUrl": sandbox.page_url,
            "controlUrl": sandbox.control_url,
        }
        print(json.dumps(ready), flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
