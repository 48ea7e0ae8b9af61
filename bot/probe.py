"""`provbot health`: ask the running bot how it is, as a container platform does.

Nothing but the standard library, and little of it: the image's HEALTHCHECK runs this module every
half minute, and must not cost what the bot itself costs to start.
"""

import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Final

PATIENCE: Final = 5.0  # seconds; the bot answers in milliseconds
EVERYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104 - what is listened on; asked on loopback


def ask(address: str, path: str = "/healthz") -> tuple[bool, str]:
    """Whether all is well, and what was answered, or why nothing was. `address` is PROVBOT_HTTP."""
    host, port = where(address)
    try:
        with closing(HTTPConnection(host, port, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            said = answer.read().decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as problem:
        return False, f"Nothing answers on {host}:{port}: {problem}."
    return answer.status == 200, said


def where(address: str) -> tuple[str, int]:
    """Host and port to ask where `address` is listened on."""
    host, _, port = address.rpartition(":")
    bare = host.strip("[]")
    if bare in EVERYWHERE:
        bare = "::1" if bare == "::" else "127.0.0.1"
    return bare, int(port)


def main(address: str) -> int:
    """The exit status: 0 also where nothing was asked to listen, for that says nothing bad."""
    if not address:
        return 0
    well, said = ask(address)
    sys.stdout.write(f"{said}\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
