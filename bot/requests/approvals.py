"""Who may decide on a request. Pure: rows in, a refusal in words or nothing out."""

from collections.abc import Iterable, Sequence

from bot.access import Rule
from bot.errors import Refused
from bot.models import Grant, Sender, listed
from bot.store.approvals import APPROVE, Verdict
from bot.store.requests import Request

LONGEST_REASON = 300


def check(
    request: Request, presser: Sender, grants: Iterable[Grant], rule: Rule, location: str
) -> None:
    """Refused unless this person may decide on this request: never their own, whatever their roles."""
    if presser.person_id == request.requester.person_id or presser.email == request.requester.email:
        raise Refused(f"{request.code} is your own request: somebody else must decide on it.")
    if not any(grant.role in rule.approve and grant.reaches(location) for grant in grants):
        where = f" in {location}" if location else ""
        raise Refused(
            f"Only {listed(sorted(rule.approve))} may decide on {request.code}{where}. Nothing was changed."
        )


def enough(verdicts: Sequence[Verdict], rule: Rule) -> bool:
    """Whether as many different people have approved as the policy wants."""
    return len({one.person_id for one in verdicts if one.verdict == APPROVE}) >= rule.approvers


def askable(whos: Iterable[str], requester: Sender) -> list[str]:
    """Those of the approvers who are not the requester."""
    return [who for who in whos if who != requester.email]


def people(whos: Iterable[str]) -> list[str]:
    """Those who can be written to: emails, not whole domains."""
    return [who for who in whos if not who.startswith("@")]
