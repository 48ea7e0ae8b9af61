"""The proxy of the environment."""

import pytest

from bot.core import proxy_env


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("configured", "taken"),
    [
        ("proxy.acme.example:3128", "http://proxy.acme.example:3128"),
        ("ann:secret@proxy.acme.example:3128", "http://ann:secret@proxy.acme.example:3128"),
        ("http://proxy.acme.example:3128", "http://proxy.acme.example:3128"),
        ("https://proxy.acme.example", "https://proxy.acme.example"),
        ("", ""),
    ],
)
def test_a_proxy_address_without_a_scheme_gets_one(name, configured, taken):
    environ = {name: configured, "NO_PROXY": "acme.example"}
    proxy_env.complete(environ)
    assert environ == {name: taken, "NO_PROXY": "acme.example"}


def test_without_a_proxy_nothing_is_added():
    environ: dict[str, str] = {}
    proxy_env.complete(environ)
    assert environ == {}
