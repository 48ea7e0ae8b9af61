"""The proxy of the environment, as every library takes it: curl is content with HOST:PORT, they are not."""

from collections.abc import MutableMapping

NAMES = ("https_proxy", "http_proxy", "all_proxy", "wss_proxy", "ws_proxy")


def complete(environ: MutableMapping[str, str]) -> None:
    """Put `http://` in front where there is none, as curl does."""
    for name in (*NAMES, *map(str.upper, NAMES)):
        value = environ.get(name, "")
        if value and "://" not in value:
            environ[name] = f"http://{value}"
