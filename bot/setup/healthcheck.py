"""`provbot health`: ask the running bot whether it is healthy, as a container platform does.

It imports a little of the standard library only, because the image's HEALTHCHECK runs it every half
minute, and the imports of the bot take a second.
"""

import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Final

TIMEOUT: Final = 5.0  # seconds; the bot answers in milliseconds
WILDCARD_ADDRESSES: Final = ("", "0.0.0.0", "::")  # noqa: S104 - not for listening


def check(address: str, path: str = "/healthz") -> tuple[bool, str]:
    """Return whether the bot is healthy, and its answer or why there is none.

    `address` is PROVBOT_HTTP.
    """
    host, port = target(address)
    try:
        with closing(HTTPConnection(host, port, timeout=TIMEOUT)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            answer = response.read().decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as error:
        return False, f"provbot does not answer on {host}:{port}: {error}."
    return response.status == 200, answer


def target(address: str) -> tuple[str, int]:
    """Return the host and the port to connect to, for an address that the bot listens on."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if host in WILDCARD_ADDRESSES:
        host = "::1" if host == "::" else "127.0.0.1"
    return host, int(port)


def main(address: str) -> int:
    """Return the exit status; 0 if the health port is switched off."""
    if not address:
        return 0
    healthy, answer = check(address)
    sys.stdout.write(f"{answer}\n")
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
