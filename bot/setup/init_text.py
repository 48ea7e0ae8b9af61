"""The texts of `provbot init`. Pages and buttons: docs/webex/provisioning.md §2 and §9."""

from bot.core.clouds import COMMERCIAL, GOVERNMENT, Cloud

ENV_HEADER = "# provbot (docs/settings.md)\n"

TEXT = {
    "welcome": """
provbot needs a bot, which people chat with, and a service app, which adds the phones.
This guide explains how to create both, and tests each answer immediately. At the end it
writes your answers to .env in this directory, readable only by you. Tokens stay hidden
while you paste them. Press Ctrl-C to stop; nothing is written before the end.""",
    "missing_scopes": (
        "Tick the missing scopes on the service app's page, have a Full Admin authorize it again,"
        " and generate new tokens: a token keeps the scopes that it was created with."
    ),
    "unknown_scopes": "! Webex did not say which scopes it has. They are tested below.",
    "newer": (
        "! Webex replaced the refresh token in the file of {name}_FILE. provbot does not change"
        " that file. If a check below refuses the old token, generate new tokens and put the"
        " refresh token into the file."
    ),
    "fixed": "This token is not renewed, so it is for a trial only.",
    "admin": """
── 3 of 4: you ──
  The first admin grants roles to everybody else, in chat. Enter your email address in Webex.
""",
    "key": """
── 4 of 4: the key ──
✓ A new key encrypts the refresh token in the database. Keep a copy of .env in a password
  manager: without the key, the token in a backup of the database is lost.""",
    "checking": "\nThese are the results of `provbot doctor`:\n",
    "ready": """
provbot is ready. Start it:  provbot run
Then write “help” to the bot in Webex. Grant roles to other people in chat:
  grant SOMEBODY@… technician
or here:  provbot access add SOMEBODY@… technician""",
    "not_ready": (
        "\nprovbot is not ready: see the lines marked ✗. Run `provbot doctor` after each change."
        " You can also run `provbot init` again."
    ),
}

BOT = {
    COMMERCIAL: """
── 1 of 4: the bot ──
  1. Open https://{portal}/my-apps/new/bot and log in with your Webex account.
  2. Enter a name that people will recognize, a username, an icon and a description.
     Click Add Bot.
  3. Copy the Bot Access Token. It is shown only once; Regenerate Access Token creates
     another one.
""",
    GOVERNMENT: """
── 1 of 4: the bot ──
  In Webex for Government, a Full Admin creates a bot with one call instead of on a page:

  1. Open https://{control_hub} in Chrome and log in. In the developer tools, open
     Application > Session Storage > https://{control_hub}, and copy the value of
     accessToken. It is valid for at most 12 hours, and allows whatever you may do.
  2. In another terminal (bash or zsh), enter the first line, paste the token, and press Enter.
     Then enter the other lines, with an email of your choice (it must end in @webex.bot) and
     the public address of a picture:

     read -rs ADMIN_TOKEN
     curl -X POST {api_url}/applications \\
       -H "Content-Type: application/json" -H @- <<< "Authorization: Bearer $ADMIN_TOKEN" \\
       -d '{{"type": "bot", "name": "Provbot", "botEmail": "provbot-YOURS@webex.bot",
            "description": "Adds phones", "logo": "https://YOURS/provbot.png"}}'

  3. Copy botToken from the answer. It is shown only once.

  Cisco's guide names all fields, and says how to get another token:
  https://{portal}/docs/api/guides/create-a-fedramp-bot
""",
}
SERVICE_APP = {
    COMMERCIAL: """
── 2 of 4: the service app ──
  1. Open https://{portal}/my-apps/new/service-app
     Enter a name, a contact email and a description, and tick these scopes:

{scopes}

     Click Add Service App. Copy the Client ID and the Client Secret, which is shown only
     once.
  2. On the same page, click Request admin authorization.
  3. A Full Admin of your organization opens https://{control_hub} > Apps > Service Apps,
     selects the service app, turns on Authorize and saves.
  4. Back on the service app's page, under Org Authorizations, select your organization,
     paste the client secret, click Generate Tokens, and copy the refresh token.
""",
    GOVERNMENT: """
── 2 of 4: the service app ──
  Confirm with Cisco first: how a service app gets its tokens in Webex for Government is
  undocumented. https://{portal} lists “Service Apps G2G”.

  1. provbot needs the Client ID, the Client Secret and a refresh token of a service app with
     these scopes, as documented for commercial Webex:

{scopes}

  2. A Full Admin authorizes it at https://{control_hub} (in commercial Webex
     under Apps > Service Apps).
  3. Tokens come from https://{portal} only. A refresh token is valid for
     60 days there, so start provbot at least once within that time.
""",
}


def bot(cloud: Cloud, api_url: str) -> str:
    """Return step 1, with the addresses of the cloud."""
    return BOT[cloud].format(portal=cloud.portal, control_hub=cloud.control_hub, api_url=api_url)


def service_app(cloud: Cloud, scopes: str) -> str:
    """Return step 2, with the addresses of the cloud."""
    return SERVICE_APP[cloud].format(
        portal=cloud.portal, control_hub=cloud.control_hub, scopes=scopes
    )
