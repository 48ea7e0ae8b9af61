"""Instructions for connecting a program to the sandbox, printed by `provbot sandbox`.

docs/sandbox.md has the long version.
"""

from collections.abc import Mapping
from textwrap import dedent, indent
from typing import Final

# The variables in which libraries look for a CA file.
_TRUST: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def recipes(env: Mapping[str, str], page_url: str) -> str:
    """Return the text for a terminal; ``env`` is the environment of a bot."""
    parts = (
        f"Chat with your bot:  {page_url}",
        _exports(env),
        *(f"{title}\n{indent(dedent(text).strip(), '  ')}" for title, text in _RECIPES),
        "docs/sandbox.md has these as complete programs. Ctrl-C stops it.",
    )
    return "\n\n".join(parts)


def exports(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program: addresses, tokens, and the CA file for each library."""
    return {**env, **dict.fromkeys(_TRUST, env["WEBEX_CA_FILE"])}


def _exports(env: Mapping[str, str]) -> str:
    lines = [f"export {name}='{value}'" for name, value in exports(env).items()]
    return "\n".join(["In the terminal of your bot:", *lines])


_RECIPES: Final = (
    (
        "webex_bot, before you create the bot:",
        """
        import functools, os, webex_bot.websockets.webex_websocket_client as wc
        from webexpythonsdk import WebexAPI
        wc.DEFAULT_U2C_URL = os.environ["WEBEX_U2C_URL"]
        wc.WebexAPI = functools.partial(WebexAPI, base_url=os.environ["WEBEX_API_URL"] + "/")
        bot = WebexBot(os.environ["WEBEX_BOT_TOKEN"], approved_domains=["acme.example"])
        """,
    ),
    (
        "webexpythonsdk:",
        """
        url = os.environ["WEBEX_API_URL"] + "/"
        api = WebexAPI(access_token=os.environ["WEBEX_BOT_TOKEN"], base_url=url)
        """,
    ),
    (
        "wxc_sdk, with a service app token (POST $WEBEX_API_URL/access_token, as with Webex):",
        """
        class SandboxSession(RestSession):
            BASE = os.environ["WEBEX_API_URL"]
        tokens = Tokens(access_token=...)
        session = SandboxSession(tokens=tokens, concurrent_requests=1)
        api = WebexSimpleApi(tokens=tokens, session=session)
        """,
    ),
    (
        "JavaScript SDK in Node, before you require any of it:",
        """
        process.env.U2C_SERVICE_URL = process.env.WEBEX_U2C_URL.replace(/\\/catalog$/, '');
        process.env.HYDRA_SERVICE_URL = process.env.WEBEX_API_URL;
        """,
    ),
)
