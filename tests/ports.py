"""Ports for a server that cannot be told to take any port that is free."""

import random
import socket

# Below the ports that Linux gives to programs that ask for any, and to each connection: between
# the look and the use, such a port would be taken now and then.
LOWEST, HIGHEST = 10_000, 32_000
TRIES = 100


def free_port() -> int:
    """One at which nobody listens on 127.0.0.1 now, and which nobody else is given by chance."""
    for port in random.SystemRandom().sample(range(LOWEST, HIGHEST), TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"None of {TRIES} ports is free.")
