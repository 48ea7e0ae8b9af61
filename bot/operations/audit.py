"""The audit trail's newest entries, in chat. Admins only."""

from adaptivecardbuilder import AdaptiveCard

from bot.models import clean
from bot.operation import Asker, Context, Question
from cards import answers

MOST_SHOWN = 12


async def show_audit(_text: str, _asker: Asker, ctx: Context) -> AdaptiveCard:
    """Who did what when, the newest first."""
    entries = await ctx.trail.last(MOST_SHOWN) if ctx.trail else []
    rows = [
        answers.Entry(
            f"{entry.at[:16].replace('T', ' ')} UTC · {entry.action} {entry.request}".rstrip(),
            f"{entry.actor} · {clean(entry.about, 120)}".removesuffix(" · "),
        )
        for entry in entries
    ]
    return answers.entries(
        "Audit trail", rows, end="All of it: provbot audit export. Untouched? provbot audit verify"
    )


AUDIT = Question("audit", "Show the newest entries of the audit trail", "audit", show_audit)
