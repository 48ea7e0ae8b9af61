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

# aiohttp and webex-bot make TLS contexts when they are imported, and read all authorities from
# files for them. provbot never uses these: it gives its own context to each connection.
READING = ("set_default_verify_paths", "load_verify_locations")


def _read_nothing(*_: object, **__: object) -> None:
    """Leave a TLS context as it is made: it trusts no authority, so its connections fail."""


@contextmanager
def lean() -> Iterator[None]:
    """Import with less time and memory; afterwards, everything can be imported as usual."""
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in HIDDEN if name not in modules]
    modules.update(dict.fromkeys(hidden))  # None makes an import raise ModuleNotFoundError
    reading = {name: getattr(ssl.SSLContext, name) for name in READING}
    for name in READING:
        setattr(ssl.SSLContext, name, _read_nothing)
    gc.disable()  # modules stay, so the collector would visit them several times and free nothing
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        for name, method in reading.items():
            setattr(ssl.SSLContext, name, method)
        for name in hidden:
            del modules[name]
