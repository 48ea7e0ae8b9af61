"""Import the modules of the running bot without what libraries load but the bot never uses.

docs/performance.md tells what this saves.
"""

import gc
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Optional dependencies: the libraries that import these also work if they are not installed.
# httpx has a command line that needs rich and pygments; structlog can draw tracebacks with rich;
# jwt, which webexpythonsdk imports for its guest tokens, can sign with cryptography.
HIDDEN = ("rich", "pygments", "cryptography")


class Distrusting(ssl.SSLContext):
    """A TLS context that trusts no authority, so that every connection with it fails.

    aiohttp and webex-bot each make a default context when they are imported, and read all
    authorities from files for it. provbot never uses them: it gives its own context to each
    connection.
    """

    def load_verify_locations(self, *_files: object, **_options: object) -> None:
        """Load nothing."""


@contextmanager
def lean() -> Iterator[None]:
    """Import with less time and memory; afterwards, everything can be imported as usual."""
    default_context = ssl.create_default_context
    ssl.create_default_context = lambda *_, **__: Distrusting(ssl.PROTOCOL_TLS_CLIENT)
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in HIDDEN if name not in modules]
    modules.update(dict.fromkeys(hidden))  # None makes an import raise ModuleNotFoundError
    gc.disable()  # modules stay, so the collector would visit them several times and free nothing
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        ssl.create_default_context = default_context
        for name in hidden:
            del modules[name]
