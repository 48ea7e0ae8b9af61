"""The audit trail's newest entries, in chat. Admins only."""

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.text import clean
from bot.domain.operation import Caller, Context, Question
from bot.domain.policy import ADMIN, Rule
from cards import answers

MAX_SHOWN = 10  # fits one screen of a phone


async def show_audit(_text: str, _caller: Caller, ctx: Context) -> AdaptiveCard:
    """The newest entries: time, person, action."""
    entries = await ctx.trail.last(MAX_SHOWN) if ctx.trail else []
    local = ctx.local()
    rows = [
        answers.Entry(
            f"{local.show_iso(entry.at[:30])} · {entry.action} {entry.request}".rstrip(),
            f"{entry.actor} · {clean(entry.about, 120)}".removesuffix(" · "),
        )
        for entry in entries
    ]
    return answers.entries(
        "Audit trail",
        rows,
        end=(
            "For the whole trail, run: provbot audit export. To check it, run: provbot audit verify"
        ),
    )


AUDIT = Question(
    name="audit",
    usage=("audit",),
    help="Show the newest entries of the audit trail",
    examples=("audit",),
    group="Roles",
    rule=Rule(ADMIN, organization_wide=True),
    answer=show_audit,
)
