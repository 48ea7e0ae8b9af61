"""What `provbot init` tells on the way. Pages and buttons: webex-provisioning.md §2, developer.webex.com."""

HEAD = "# provbot (docs/settings.md)\n"

SAY = {
    "welcome": """
provbot needs a bot, which people chat with, and a service app, which adds the phones.
This walks you through making both. Each thing you enter is tried at once, and at the end
it is written to the file .env here, which only you can read. Tokens are not shown
while you paste them. Ctrl-C stops; nothing is written before the end.""",
    "bot": """
── 1 of 4: the bot ──
  1. Open https://developer.webex.com/my-apps/new/bot and log in with your Webex account.
  2. Choose a name that people will recognize, a username, an icon and a description;
     then Add Bot.
  3. Copy the Bot Access Token. It is shown once; Regenerate Access Token makes another.
""",
    "service app": """
── 2 of 4: the service app ──
  1. Open https://developer.webex.com/my-apps/new/service-app
     Give it a name, a contact email and a description, and tick these scopes:

{scopes}

     Add Service App; then copy the Client ID and the Client Secret, which is shown once.
  2. On the same page: Request admin authorization.
  3. A Full Admin of your organization opens https://admin.webex.com > Apps > Service Apps,
     chooses it, and turns Authorize on. Save.
  4. Back on the service app's page, under Org Authorizations: choose your organization,
     paste the client secret, Generate Tokens, and copy the refresh token.
""",
    "scopes": "Tick the missing scopes on the service app's page, have a Full Admin authorize it again, and generate new tokens: a token keeps the scopes it was made with.",
    "scopes unknown": "! Webex did not say which scopes it has: they are tried below.",
    "newer": "! Webex gave a newer refresh token in place of the one in the file of {name}_FILE, which is left as it is. If it is refused below, generate new tokens and put the refresh token into that file.",
    "fixed": "This token is not renewed: good for a trial only.",
    "admin": """
── 3 of 4: you ──
  The first admin gives the others their roles, in chat. Use your email in Webex.
""",
    "key": """
── 4 of 4: a key ──
✓ A key was made: it encrypts the refresh token in the database. Keep a copy of .env in
  your password safe; without the key, backups of the database lack that token.""",
    "examine": "\nNow everything is examined, as `provbot doctor` does:\n",
    "ready": "\nAll is well. Start it:  provbot run\nThen write “help” to the bot in Webex. Others get their roles in chat, from you:\n  grant SOMEBODY@… technician\nor here:  provbot access add SOMEBODY@… technician",
    "not ready": "\nNot all is well yet: see the lines marked ✗. Run `provbot doctor` after each change; `provbot init` may be run again.",
}
