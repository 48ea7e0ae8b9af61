"""The other bot: stock webex-bot 1.3.1 with an add-phone command, written as its README teaches.

A command with a keyword shows a card, the callback of the card does the work, `pre_execute` says
that it does. The admin APIs are called with requests, one call after the other.
"""

import functools
import os

import requests
import webex_bot.websockets.webex_websocket_client as wc
from webex_bot.formatting import quote_info
from webex_bot.models.command import Command
from webex_bot.models.response import response_from_adaptive_card
from webex_bot.webex_bot import WebexBot
from webexpythonsdk import WebexAPI
from webexpythonsdk.models.cards import AdaptiveCard, Text, TextBlock
from webexpythonsdk.models.cards.actions import Submit

API = os.environ["WEBEX_API_URL"]  # noqa: TID251 - a program of its own
TIMEOUT = 60  # seconds


@functools.cache
def admin_headers():
    """The service app's token, made from its refresh token as Webex documents it."""
    names = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
    asked = {name.lower(): os.environ[f"WEBEX_SERVICE_APP_{name}"] for name in names}  # noqa: TID251
    form = {"grant_type": "refresh_token", **asked}
    token = requests.post(f"{API}/access_token", data=form, timeout=TIMEOUT).json()
    return {"Authorization": f"Bearer {token['access_token']}"}


class AddPhone(Command):
    """Shows the form."""

    def __init__(self):
        super().__init__(
            command_keyword="add phone",
            help_message="Add a phone",
            chained_commands=[AddPhoneCallback()],
        )

    def execute(self, message, attachment_actions, activity):  # noqa: ARG002 - the library's signature
        """The card."""
        card = AdaptiveCard(
            body=[
                TextBlock("Add a phone"),
                Text(id="mac", placeholder="MAC", maxLength=30),
                Text(id="model", placeholder="Model", maxLength=60),
                Text(id="email", placeholder="Email of its owner", maxLength=80),
            ],
            actions=[Submit(title="Submit", data={"callback_keyword": "add_phone_callback"})],
        )
        return response_from_adaptive_card(card)


class AddPhoneCallback(Command):
    """Adds the phone that the form asks for."""

    def __init__(self):
        super().__init__(card_callback_keyword="add_phone_callback", delete_previous_message=True)

    def pre_execute(self, message, attachment_actions, activity):  # noqa: ARG002
        """A message that shows progress."""
        return "Working on it..."

    def execute(self, message, attachment_actions, activity):  # noqa: ARG002
        """Find the owner, add the phone, and report it."""
        inputs, headers = attachment_actions.inputs, admin_headers()
        people = requests.get(
            f"{API}/people", params={"email": inputs["email"]}, headers=headers, timeout=TIMEOUT
        ).json()["items"]
        body = {"mac": inputs["mac"], "model": inputs["model"], "personId": people[0]["id"]}
        answer = requests.post(f"{API}/devices", json=body, headers=headers, timeout=TIMEOUT)
        if not answer.ok:
            return quote_info(f"Could not add {inputs['mac']}: {answer.json()['message']}")
        return quote_info(f"{inputs['mac']} was added for {inputs['email']}")


if __name__ == "__main__":
    # Nothing in the library takes another address (docs/webex/messaging.md §1.9).
    wc.DEFAULT_U2C_URL = os.environ["WEBEX_U2C_URL"]  # noqa: TID251
    wc.WebexAPI = functools.partial(WebexAPI, base_url=f"{API}/")
    bot = WebexBot(
        teams_bot_token=os.environ["WEBEX_BOT_TOKEN"],  # noqa: TID251
        approved_domains=["acme.example"],
        bot_name="Stock",
    )
    bot.add_command(AddPhone())
    bot.run()
