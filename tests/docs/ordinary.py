"""Sentences of the bot that tell of no problem: answers, results, titles, and parts of longer ones."""

ORDINARY = """
# questions and answers
Hello, I am provbot: I add phones, activation codes and DECT networks to Webex Calling. Mention me and write “help”.
An admin can change this.
Show the newest entries of the audit trail
List what waits for your approval
List what you asked for, show or cancel one
All of it: provbot audit export. Untouched? provbot audit verify
Change it: grant WHO ROLE at LOCATION, or revoke WHO ROLE
Use the card, or type: approve CODE, or: reject CODE because …
What you ask for is listed here.
You will get a card when somebody asks.
Try a part of the owner's name, the MAC or the model. Phones of the 9800 series are listed once they are Webex Aware.
Type its MAC or its name, for example: device 00:11:22:33:44:55
… more. Narrow it down: devices NAME
The first … are listed.
grant ann@example.com technician at Berlin
# forms and their hints
Set on the phone as well
Four digits; empty: one code per user
Up to 11 characters, may be empty
Kept. Type to change it, … for none
DBS110 · one base station, up to 30 lines
DBS210 · up to 250 base stations and 1000 lines
DMS Cisco …
# plans
Confirm within 15 minutes.
⏳ …: asking for approval
⏳ …: looking it up
⏳ …: looking whether all is still as it was shown
Add a … for …
Get an activation code for …
Create the DECT network … in …
Delete the … of …
Tag the … of …
Take the role … from …
This holds for everybody whose email ends in ….
Every user gets an access code of their own. Webex makes them; they are read in Control Hub.
as you gave it (not shown)
one for all, as you gave it (not shown)
# where the time of a request went
plan after …
confirmed after …
Waits for approval since …
…: decided already
Waited … for …
runs since …
… to Webex: …
# results
Plug it in: it fetches its settings by itself.
Webex is still setting it up. It appears in a few minutes; plug it in meanwhile.
… is accepted for …
… now belongs to …
The code was sent in a direct message to the one who asked.
Type it on the phone. It cannot be shown a second time.
The DECT network … is there, in …
Next: add base stations and handsets in Control Hub.
… has the tags …
… is cancelled. Nothing was changed.
# approvals
… asks for your approval.
Waiting for approval: …
You will hear as soon as it is decided, at … at the latest.
Noted: you approve …. It needs … more, by somebody else.
Request … · until …
⌛ Expired at …
⏰ … still waits, until …: … (asked by …). Use the card, or type: approve …
✓ Approved by … at …. …
✗ Cancelled by … at …. Nothing was changed. …
✗ Rejected by … at …: “…”. …
# the command line
Written to …. Open it in a browser, and print it on one sheet.
Copied to ….
(was there already)
Restored from ….
What was there is in ….
The audit trail is whole: … entries.
Chat with provbot: … You can be any of the cast; Tom is a technician, Sam is on no list. The logs are in …. Ctrl-C stops both.
# provbot init, and what scopes are for
Access token of the service app
All is well. Start it: provbot run Then write “help” to the bot in Webex. Others get their roles in chat, from you: grant SOMEBODY@… technician or here: provbot access add SOMEBODY@… technician
Client ID (empty: a fixed access token, for a trial)
Now everything is examined, as `provbot doctor` does:
There is a … already. What you answer is put into it, the rest stays. Go on?
This token is not renewed: good for a trial only.
Use it all the same?
Webex is at … here.
add phone (whether a MAC is free), create dect network
add phone … for EMAIL, activation code … for EMAIL, and all roles of one location
add phone … in WORKSPACE, activation code … in WORKSPACE
add phone, activation code (the models), create dect network
add phone, activation code, tag, delete device, and Undo
create dect network … at LOCATION, and all roles of one location
devices, device, tag, delete device, and the check before add phone
is set. Keep it?
provbot needs a bot, which people chat with, and a service app, which adds the phones. This walks you through making both. Each thing you enter is tried at once, and at the end it is written to the file .env here, which only you can read. Tokens are not shown while you paste them. Ctrl-C stops; nothing is written before the end.
the warnings of a plan about licences
── 1 of 4: the bot ── 1. Open https://developer.webex.com/my-apps/new/bot and log in with your Webex account. 2. Choose a name that people will recognize, a username, an icon and a description; then Add Bot. 3. Copy the Bot Access Token. It is shown once; Regenerate Access Token makes another.
── 2 of 4: the service app ── 1. Open https://developer.webex.com/my-apps/new/service-app Give it a name, a contact email and a description, and tick these scopes: … Add Service App; then copy the Client ID and the Client Secret, which is shown once. 2. On the same page: Request admin authorization. 3. A Full Admin of your organization opens https://admin.webex.com > Apps > Service Apps, chooses it, and turns Authorize on. Save. 4. Back on the service app's page, under Org Authorizations: choose your organization, paste the client secret, Generate Tokens, and copy the refresh token.
── 3 of 4: you ── The first admin gives the others their roles, in chat. Use your email in Webex.
── 4 of 4: a key ── ✓ A key was made: it encrypts the refresh token in the database. Keep a copy of .env in your password safe; without the key, backups of the database lack that token.
✓ It has all the scopes.
✓ Webex gave an access token.
✓ … is written; only you can read it.
# nothing there
No requests yet
Nothing waits for you
None of these
(no name)
no tags
… has no tags
none yet
# results and how things stand
not ready
… is no longer …
not certain yet
not done
not registered yet
# provbot doctor
, the refresh token until
.env, which only its owner can read
All is well.
answers in … ms,
by the proxy …:
does not run with this database at the moment
every command but help and whoami
no .env here: the environment says it all
none: approvers get direct messages
provbot … · … UTC · Python … on
renewed; the access token lives until
runs, and heard everything until … s ago
the refresh token is encrypted in the database
whole, version
# parts of sentences that are listed whole
is nobody who could
by the … of …
by another device
in a location that you do not look after
in the locations that you look after
are not that many who could
at end of document
at the end, line …
· tracking id …
closed with …
ask whether the token still lives
# what Webex says, looked for in its answers
phones cannot be added to this user
device model is not supported
no webex calling licen
target user not authorized
# in the log and the figures
too late
webex refused
# never heard by anybody: a mistake in the program, ends in the log
this context has no allowlist
no free request code was found
no object
no words
"""
