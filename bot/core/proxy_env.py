"""Completes proxy settings of the environment: curl accepts HOST:PORT, other programs do not."""

from collections.abc import MutableMapping

NAMES = ("https_proxy", "http_proxy", "all_proxy", "wss_proxy", "ws_proxy")


def complete(environ: MutableMapping[str, str]) -> None:
    """Prefix `http://` to addresses without a scheme, as curl does."""
    for name in (*NAMES, *map(str.upper, NAMES)):
        value = environ.get(name, "")
        if value and "://" not in value:
            environ[name] = f"http://{value}"
