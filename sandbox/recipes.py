"""How to point a program at the sandbox: what `provbot sandbox` prints. docs/sandbox.md has it at length."""

from collections.abc import Mapping
from textwrap import dedent, indent
from typing import Final

# Names that libraries know, by what the sandbox calls it.
_TRUST: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def recipes(env: Mapping[str, str], page_url: str) -> str:
    """The text for a terminal. ``env`` is the environment of a bot, as `GET /control/env` has it."""
    parts = (
        f"Chat with your bot:  {page_url}",
        _exports(env),
        *(f"{title}\n{indent(dedent(text).strip(), '  ')}" for title, text in _RECIPES),
        "docs/sandbox.md has these as whole programs. Ctrl-C stops it.",
    )
    return "\n\n".join(parts)


def exports(env: Mapping[str, str]) -> dict[str, str]:
    """What a program needs in its environment: addresses, tokens, and whom each library shall trust."""
    return {**env, **dict.fromkeys(_TRUST, env["WEBEX_CA_FILE"])}


def _exports(env: Mapping[str, str]) -> str:
    lines = [f"export {name}='{value}'" for name, value in exports(env).items()]
    return "\n".join(["In the terminal of your bot:", *lines])


_RECIPES: Final = (
    (
        "webex_bot: before the bot is made,",
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
        api = WebexAPI(access_token=os.environ["WEBEX_BOT_TOKEN"], base_url=os.environ["WEBEX_API_URL"] + "/")
        """,
    ),
    (
        "wxc_sdk, with a token of the service app (POST $WEBEX_API_URL/access_token, as with Webex):",
        """
        class SandboxSession(RestSession):
            BASE = os.environ["WEBEX_API_URL"]
        tokens = Tokens(access_token=...)
        api = WebexSimpleApi(tokens=tokens, session=SandboxSession(tokens=tokens, concurrent_requests=1))
        """,
    ),
    (
        "JavaScript SDK, in Node: before anything of it is required,",
        """
        process.env.U2C_SERVICE_URL = process.env.WEBEX_U2C_URL.replace(/\\/catalog$/, '');
        process.env.HYDRA_SERVICE_URL = process.env.WEBEX_API_URL;
        """,
    ),
)
