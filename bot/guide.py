"""`provbot guide`: the technicians' page for this very bot, on one sheet of A4, with a QR code that opens the chat.

docs/chat-guide.md says the same for everybody; a test compares the two.
"""

import asyncio
from html import escape
from string import Template
from urllib.parse import quote

from bot import config, telemetry
from bot.webex.client import Client, FixedToken, trust
from bot.webex.messages import MessagesApi
from bot.webex.transport import transport

# What one wants → what one writes.
COMMANDS = (
    ("see what you may do", "help", "whoami"),
    ("add a phone", "add phone D8:2E:3E:EF:4E:5C 8865 for bob@example.com"),
    ("for a room or lobby", "add phone D8:2E:3E:EF:4E:5C 8865 in Lobby Berlin"),
    ("get an activation code", "activation code 8865 for bob@example.com"),
    ("find a device", "devices bob", "device D8:2E:3E:EF:4E:5C"),
    ("tag it, untag it", "tag D8:2E:3E:EF:4E:5C +lobby -old"),
    ("remove it", "delete device D8:2E:3E:EF:4E:5C"),
    ("a DECT network", "create dect network Warehouse at Berlin"),
    ("see your requests", "requests", "request QH4A", "cancel QH4A"),
)
STEPS = (
    "<b>Ask.</b> You get a <i>plan</i>: what would be done, for whom, and warnings.",
    "<b>Read it</b>, press <b>Confirm</b> (within 15 minutes). <b>Change</b> opens the form, <b>Cancel</b> ends it.",
    "<b>Wait for ✓.</b> Then plug the phone in. If it says <i>needs approval</i>, somebody else decides first; you will hear.",
)
HINTS = (
    "<b>Nothing happens before Confirm, and nothing twice.</b> Not sure it worked? Do not ask again: write <code>request</code> and the code.",
    "An activation code comes to you alone, in a direct message, once. Type it on the phone.",
    "<i>MAC is in use</i>: read the label again (0/O, 8/B). Still? Ask your admin.",
    "<b>Not done: …</b> stands above a reason. Read that to your admin, with the <b>code</b> of the request, such as QH4A.",
    "Wrong phone added? <b>Undo</b> under the result.",
    "A phone that is deleted is reset and can make no calls, also no emergency calls.",
)
PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$name in one page</title>
<style>
@page { size: A4; margin: 14mm }
body { font: 10.5pt/1.35 system-ui, "Liberation Sans", sans-serif; color: #111; max-width: 182mm; margin: 0 auto; padding: 4mm }
@media print { body { padding: 0 } }
h1 { font-size: 24pt; margin: 0 0 2mm; color: #1b2559 } h2 { font-size: 14pt; margin: 5mm 0 1.5mm; color: #1b2559 }
header { display: flex; gap: 8mm; justify-content: space-between; align-items: flex-start }
.qr { text-align: center; font-size: 9pt } .qr svg { width: 36mm; height: 36mm }
.qr, tr, li { break-inside: avoid }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid #ccc; padding: 1.2mm 0; vertical-align: top } td:first-child { width: 50mm }
code { font: 9.5pt "Liberation Mono", ui-monospace, monospace; background: #eef1fb; padding: .2mm 1mm; border-radius: 1mm; white-space: nowrap }
ol, ul { margin: 0; padding-left: 6mm } li { margin: 1mm 0 } a { color: inherit }
</style></head><body>
<header><div><h1>$name in one page</h1>
<p>Phones, activation codes and DECT networks by chat. In Webex, search for <b>$address</b>, or scan the code, and write <code>help</code>. In a space, mention it first.
Your name must be on its list: your admin puts it there.</p></div>
<div class="qr"><a href="$link">$qr</a><br>opens the chat in the Webex app</div></header>
<h2>What to write</h2><table>$commands</table>
<p>Write a MAC as on the label: with : or - or dots or nothing between. Forget something, and a form asks for it: <code>add phone</code> alone is fine.</p>
<h2>What happens</h2><ol>$steps</ol>
<h2>Good to know</h2><ul>$hints</ul>
</body></html>
""")


def link(address: str) -> str:
    """What opens the conversation with `address` in the Webex app.

    https://help.webex.com/article/n5yzg8y (webexteams protocol); it speaks of people, and a bot's
    address is written the same way. Where nothing handles it, the page names the address to search for.
    """
    return f"webexteams://im?email={quote(address, safe='@')}"


def page(name: str, address: str) -> str:
    """The whole page, HTML that needs nothing from elsewhere."""
    import segno  # here, not above: only this command draws a QR code, and `run` starts without

    rows = [
        (want, " ".join(f"<code>{escape(say)}</code>" for say in says)) for want, *says in COMMANDS
    ]
    return PAGE.substitute(
        name=escape(name),
        address=escape(address),
        link=escape(link(address)),
        qr=segno.make(link(address), error="m", micro=False).svg_inline(border=2, omitsize=True),
        commands="".join(f"<tr><td>{want}</td><td>{said}</td></tr>" for want, said in rows),
        steps="".join(f"<li>{step}</li>" for step in STEPS),
        hints="".join(f"<li>{hint}</li>" for hint in HINTS),
    )  # fmt: skip


def who_am_i() -> tuple[str, str]:
    """The bot's own name and address, by its token. ConfigError or WebexError where that fails."""
    settings = config.load()
    telemetry.silence()
    return asyncio.run(_me(settings))


async def _me(settings: config.Config) -> tuple[str, str]:
    async with transport(trust(settings.ca_file)) as http:
        token = FixedToken(settings.bot_token.get_secret_value())
        me = await MessagesApi(Client(http, settings.api_url, token)).me()
    return str(me.get("displayName") or "provbot"), str((me.get("emails") or [""])[0])
