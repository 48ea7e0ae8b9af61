"""Commands about requests: lists, one request, decisions. `bot.requests` answers them."""

import re

from bot.core.models.people import Role
from bot.domain.commands import RequestCommand
from bot.domain.language.arguments import Arguments
from bot.domain.policy import EVERYBODY, Decision, Rule
from bot.domain.text_readers import non_empty

_BECAUSE = re.compile(r"^\s*because\b[\s:,]*", re.IGNORECASE)


def read_decision(arguments: Arguments) -> dict[str, str]:
    """`7K3F because it is too expensive` → code and reason; either may be missing."""
    code, _, reason = arguments.raw.partition(" ")
    if _BECAUSE.match(code):  # the reason alone
        code, reason = "", arguments.raw
    return non_empty(request=code, reason=_BECAUSE.sub("", reason).strip())


REQUESTS = RequestCommand(
    name="requests",
    usage=("requests",),
    aliases=("my requests",),
    help="List your requests, show or cancel one",
    example="requests · request CODE · cancel CODE",
    rule=Rule(EVERYBODY),
    guide=(("see your requests", "requests"),),
)
REQUEST = RequestCommand(
    name="request",
    usage=("request CODE",),
    guide=(("see your requests", "request QH4A"),),
)
CANCEL = RequestCommand(
    name="cancel",
    usage=("cancel CODE",),
    guide=(("see your requests", "cancel QH4A"),),
    acts=True,
)
APPROVALS = RequestCommand(
    name="approvals",
    usage=("approvals",),
    help="List the requests that wait for your approval",
    example="approvals",
    rule=Rule({Role.APPROVER: Decision.DO}),
    help_button="Approvals",
)
APPROVE = RequestCommand(name="approve", usage=("approve CODE",), read=read_decision, acts=True)
REJECT = RequestCommand(
    name="reject", usage=("reject CODE because REASON",), read=read_decision, acts=True
)
