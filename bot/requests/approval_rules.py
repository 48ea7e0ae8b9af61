"""Who may decide on a request. Pure functions; a refusal is raised as a sentence."""

from collections.abc import Collection, Iterable, Sequence

from bot.core.errors import PrivateRefusal
from bot.core.models.people import Grant, Sender
from bot.core.models.requests import APPROVE, Request, Vote
from bot.core.models.text import join_words
from bot.core.models.webex import LocationRef
from bot.domain import policy
from bot.domain.identity import same_account
from bot.domain.plan import Plan
from bot.domain.policy import Rule


def mailbox(email: str) -> str:
    """Strip the alias of an address: `Tess+1@x.example` → `tess@x.example`."""
    name, at, domain = email.strip().lower().rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{domain}"


def same_person(first: Sender, second: Sender) -> bool:
    """Whether two senders share the account or the address; either can change over time."""
    same_address = mailbox(first.email) == mailbox(second.email) != ""
    return same_address or same_account(first.person_id, second.person_id)


def check(
    request: Request,
    presser: Sender,
    grants: Collection[Grant],
    rule: Rule,
    locations: Collection[LocationRef],
) -> None:
    """PrivateRefusal unless this person may decide on this request; nobody decides on their own."""
    if same_person(presser, request.requester):
        raise PrivateRefusal(
            f"{request.code} is your own request: somebody else must decide on it."
        )
    if not policy.may_approve(rule, grants, locations):
        if partial := _reached_partly(request, grants, rule, locations):
            raise PrivateRefusal(partial)
        names = [location.name for location in locations if location.name]
        scope = f" in {join_words(names, 'and')}" if names else ""
        raise PrivateRefusal(
            f"Only people with the role {join_words(sorted(rule.approve))} may decide on "
            f"{request.code}{scope}. Nothing was changed."
        )


def _reached_partly(
    request: Request, grants: Collection[Grant], rule: Rule, locations: Collection[LocationRef]
) -> str:
    """That an approver of one location cannot decide alone for several; empty for others."""
    names = [location.name for location in locations]
    reached = [
        location.name for location in locations if policy.may_approve(rule, grants, [location])
    ]
    if len(names) < 2 or not all((*names, *reached, reached)):
        return ""
    quantity = "both " if len(names) == 2 else ""
    return (
        f"{request.code} needs an approver for {quantity}{join_words(names, 'and')}; you are one"
        f" for {join_words(reached, 'and')} only. Nothing was changed."
    )


def has_enough_votes(votes: Sequence[Vote], rule: Rule) -> bool:
    """Whether as many different people have approved as the policy requires."""
    approving = [vote for vote in votes if vote.verdict == APPROVE]
    return len(one_vote_each(approving)) >= rule.approvers


def one_vote_each(votes: Iterable[Vote]) -> list[Vote]:
    """Return the first vote of each person."""
    first_votes: list[Vote] = []
    for vote in votes:
        if not any(same_person(vote.by, earlier.by) for earlier in first_votes):
            first_votes.append(vote)
    return first_votes


def refuse_second_vote(request: Request, presser: Sender, votes: Iterable[Vote]) -> None:
    """PrivateRefusal if this person has voted already, under any address or account."""
    if any(same_person(presser, vote.by) for vote in votes):
        raise PrivateRefusal(
            f"You have decided on {request.code} already."
            " It also needs a decision by somebody else."
        )


def locations(request: Request) -> tuple[LocationRef, ...]:
    """The locations whose approvers decide; empty if only those for everywhere do."""
    return Plan.model_validate(request.plan).locations if request.plan else ()


def without_requester(approvers: Iterable[str], requester: Sender) -> list[str]:
    """Return the approvers without the requester."""
    return [approver for approver in approvers if mailbox(approver) != mailbox(requester.email)]


def individuals(approvers: Iterable[str]) -> list[str]:
    """Return the approvers who can get a message: emails, not whole domains."""
    return [approver for approver in approvers if not approver.startswith("@")]


def is_among(email: str, approvers: Collection[str]) -> bool:
    """Whether the address, or its whole domain, is one of the approvers."""
    return email in approvers or f"@{email.rpartition('@')[2]}" in approvers
