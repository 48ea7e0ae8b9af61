"""``python -m sandbox``: serve until SIGTERM or SIGINT; one line of JSON on stdout gives the URLs.

``--recipes`` prints them for people instead, with instructions for connecting a bot.
"""

import argparse
import asyncio
import errno
import json
import signal
import sys
from pathlib import Path

from sandbox.faults.validation import InvalidDefinition
from sandbox.recipes import recipes
from sandbox.server import Sandbox
from sandbox.settings import Settings

NOT_STARTED = 2  # exit status


def main() -> None:
    """Parse the command line and serve."""
    options = vars(_parser().parse_args())
    for_people = options.pop("recipes")
    try:
        asyncio.run(serve(Settings(**options), for_people=for_people))
    except InvalidDefinition as error:
        sys.exit(_not_started(str(error)))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        sys.exit(
            _not_started(
                f"{error.strerror}. Choose other ports: --port, --page-port (0: any free one)."
            )
        )


def _not_started(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return NOT_STARTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A simulated Webex cloud on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, default=0, help="HTTPS port of the cloud (0: any free one)"
    )
    parser.add_argument(
        "--page-port",
        type=int,
        default=0,
        help="HTTP port of the page and the control API (0: any free one)",
    )
    parser.add_argument("--state-dir", type=Path, help="directory for ca.pem")
    parser.add_argument(
        "--gov",
        action="store_true",
        help="behave as Webex for Government, beside a commercial cloud that refuses its tokens",
    )
    parser.add_argument(
        "--dect-spacing",
        dest="dect_spacing_s",
        type=float,
        default=Settings.dect_spacing_s,
        metavar="SECONDS",
        help="changes of a DECT network's handsets with less between them count as too soon",
    )
    parser.add_argument("--scenario", help="scenario of faults: a name, or a TOML file")
    parser.add_argument(
        "--recipes", action="store_true", help="print instructions for connecting a bot"
    )
    return parser


async def serve(settings: Settings, *, for_people: bool) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Sandbox(settings) as sandbox:
        print(_ready(sandbox, for_people=for_people), flush=True)
        await stop.wait()


def _ready(sandbox: Sandbox, *, for_people: bool) -> str:
    if for_people:
        return recipes(sandbox.env, sandbox.page_url)
    return json.dumps(
        {
            "apiUrl": sandbox.api_url,
            "u2cUrl": sandbox.u2c_url,
            **({"wrongCloudUrl": sandbox.wrong_cloud_url} if sandbox.wrong_cloud_url else {}),
            "caFile": sandbox.ca_file,
            "pageUrl": sandbox.page_url,
            "controlUrl": sandbox.control_url,
        }
    )


if __name__ == "__main__":
    main()
