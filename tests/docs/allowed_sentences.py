"""Sentences that contain a word such as `not` and yet tell of no problem."""

HARMLESS_SENTENCES = """
# forms and their hints
Kept. Type to change it, … for none
Room or Desk device (no model)
# plans
one for all, as entered (never shown)
has the handset “…” in this network already; this adds another one.
a handset without problems has an owner
which base stations are there already
# the end of several sentences
Nothing was changed.
# results
Type it on the phone. It cannot be shown a second time.
The password cannot be shown a second time.
Connect the room device to the network, choose Webex in its setup assistant, and type the code there. A device that is in use must be factory reset first. The code cannot be shown a second time.
… is cancelled. Nothing was changed.
(…) is cancelled. Nothing was changed.
has no name on its handsets
# lists
You have no unfinished forms and no open plans.
hat changes nothing:
There are no entries.
Nothing is confirmed yet.
# what is followed
not yet:
see what is not registered yet
Still not there?
# help and small talk
no: your roles do not allow it. A provbot admin can change them.
All right. Nothing waits for you.
Your message says that something should not be done. Nothing was changed. To have something done, write only that.
# the card of an undo
undo of …, needs no approval. Confirm within ….
# approvals
✗ Cancelled by … …. Nothing was changed. …
the approval space
Request … · … · Nothing was changed.
The … are in …-codes.csv above. They cannot be shown a second time.
The … were sent to … in a direct message. They cannot be shown a second time.
These are the rows that … did not do, with their numbers.
This is what … did not do.
“Retry failed” sets the network up again, with all of this.
All handsets of this network have the same access code: a handset that joins takes the next free line. Pair those that are not paired one after another, in the order of this sheet, and read the name that each one shows.
This handset is paired: nothing to do.
The passwords in your list were not kept: provbot makes new ones, and sends them to you alone.
of …. They cannot be shown a second time, so please keep this message.
Stopping …: …, and no other begins. I will tell you how the rows end that are being sent.
# the command line
Chat with provbot: … Choose who you are: for example Tom, a technician, or Sam, who has no role. Changes of DECT handsets are … seconds apart here; Webex wants 90. The logs are in …. Ctrl-C stops both.
# provbot init, and what scopes are for
… exists already. Your answers replace its lines; other lines stay. Go on?
This token is not renewed, so it is for a trial only.
provbot needs a bot, which people chat with, and a service app, which adds the phones. This guide explains how to create both, and tests each answer immediately. At the end it writes your answers to .env in this directory, readable only by you. Tokens stay hidden while you paste them. Press Ctrl-C to stop; nothing is written before the end.
# the policy in force
do: allowed · ask: somebody else must approve · —: refused
undo_minutes = …: an undo of one's own change needs no approval within … min
guests = true: a role for a whole domain covers accounts of other organizations too
# provbot doctor
in …, which other users cannot read
within this machine, and not encrypted
not running with this database at the moment
no .env here; all settings come from the environment
# provbot migrate-database
Copied to …, with …. The audit trail is intact there. Set PROVBOT_DATABASE to that address, and start the bot. … was not changed. Keep it as a backup, but do not start the bot with it again: the changes since would be missing there.
# parts of sentences that are listed whole
are too few people who could
at end of document
# what Webex says, looked for in its answers
phones cannot be added to this user
# SQL
update last_transaction set token = '…' where id = … and pg_current_xact_id_if_assigned() is not null
insert into last_transaction (id, token) select …, '…' where pg_current_xact_id_if_assigned() is not null on conflict (id) do update set token = excluded.token, at = now(); delete from last_transaction where id <> 1 and at < now() - interval '1 day' and pg_current_xact_id_if_assigned() is not null
(not … and (plan <> '' or state = 'draft'))
# never heard by anybody: a mistake in the program, ends in the log
this context has no allowlist
this context has no approval space
this context has no journal
a row without problems has an owner
a value is missing, and no error was noted
no list, and no error was noted
no free request code was found
The answer does not name the base station.
not an object
not a string
1 to …, each once
"""
