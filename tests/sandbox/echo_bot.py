"""A stock webex-bot, pointed at a sandbox. A program, not a test.

See docs/webex/messaging.md §1.9.
"""

import functools
import os

import webex_bot.websockets.webex_websocket_client as wc
from webex_bot.webex_bot import WebexBot
from webexpythonsdk import WebexAPI

if __name__ == "__main__":
    wc.DEFAULT_U2C_URL = os.environ["WEBEX_U2C_URL"]
    wc.WebexAPI = functools.partial(WebexAPI, base_url=os.environ["WEBEX_API_URL"] + "/")
    token = os.environ["WEBEX_BOT_TOKEN"]
    WebexBot(token, approved_domains=["acme.example"], include_demo_commands=True).run()
