"""Sentences of the bot that tell of no problem: answers, results, titles, and parts of longer ones."""

ORDINARY = """
# questions and answers
Hello, I am provbot: I add phones, activation codes and DECT networks to Webex Calling. Mention me and write “help”.
An admin can change this.
Show the newest entries of the audit trail
List what waits for your approval
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
Restored from ….
What was there is in ….
The audit trail is whole: … entries.
Chat with provbot: … You can be any of the cast; Tom is a technician, Sam is on no list. The logs are in …. Ctrl-C stops both.
# parts of sentences that are listed whole
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
# never heard by anybody: a mistake in the program, ends in the log
this context has no allowlist
no free request code was found
no object
no words
"""
