"""The texts of `provbot init`. Pages and buttons: docs/webex/provisioning.md §2."""

ENV_HEADER = "# provbot (docs/settings.md)\n"

TEXT = {
    "welcome": """
provbot needs a bot, which people chat with, and a service app, which adds the phones.
This guide explains how to create both, and tests each answer immediately. At the end it
writes your answers to .env in this directory, readable only by you. Tokens stay hidden
while you paste them. Press Ctrl-C to stop; nothing is written before the end.""",
    "bot": """
── 1 of 4: the bot ──
  1. Open https://developer.webex.com/my-apps/new/bot and log in with your Webex account.
  2. Enter a name that people will recognize, a username, an icon and a description.
     Click Add Bot.
  3. Copy the Bot Access Token. It is shown only once; Regenerate Access Token creates
     another one.
""",
    "service_app": """
── 2 of 4: the service app ──
  1. Open https://developer.webex.com/my-apps/new/service-app
     Enter a name, a contact email and a description, and tick these scopes:

{scopes}

     Click Add Service App. Copy the Client ID and the Client Secret, which is shown only
     once.
  2. On the same page, click Request admin authorization.
  3. A Full Admin of your organization opens https://admin.webex.com > Apps > Service Apps,
     selects the service app, turns on Authorize and saves.
  4. Back on the service app's page, under Org Authorizations, select your organization,
     paste the client secret, click Generate Tokens, and copy the refresh token.
""",
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
