"""Add and remove the handsets of a DECT network, and how that is taken back.

`POST …/handsets`, `POST …/handsets/bulk`, `DELETE …/handsets`; rules:
docs/webex/provisioning.md §5. Nothing answers the id of a new handset, so their list is read after
each addition.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from bot.core.errors import NotFound, Refused, WebexError
from bot.core.models.dect import (
    MAX_BULK,
    AddResult,
    Handset,
    HandsetSettings,
    NetworkRef,
)
from bot.domain import dect_limits, dect_lookup, error_messages, fallback
from bot.domain.dect_lookup import Match
from bot.domain.operation import (
    Action,
    Bulk,
    BulkLookup,
    BulkResult,
    Context,
    Job,
    LookupInconclusive,
    LookupPending,
    NoBulk,
)
from bot.domain.plan import Outcome, Reversal, Step
from bot.operations.actions import dect_reads, dect_steps, handset_reads, second_line, steps
from bot.operations.actions.dect_steps import (
    HANDSET_VALUE,
    LINE_1,
    LINE_2,
    OWNER,
    SECOND_OWNER,
    Target,
)
from bot.operations.actions.handset_reads import about

DOUBTFUL = (
    "Webex did not say whether the handset “{name}” of {owner} was added. {network} has a handset"
    " that may be this one, but Webex does not show its name or its owner. Please look in Control"
    " Hub before you add it again."
)
NOT_THEIRS = (
    "The first line of the handset “{name}” is not that of {owner} any more, so it stays as it is."
)
NOT_THERE = "The handset “{name}” of {owner} is not in {network} any more: it need not be removed."
THERE_ALREADY = "The handset “{name}” of {owner} is in {network} again: it need not be added."
NETWORK_GONE = (
    "The handset “{name}” of {owner} cannot be added again: the DECT network {network} does not"
    " exist any more."
)
NOT_KNOWN = (
    "The handset “{name}” cannot be added again: Webex did not say whose lines it had."
    " To add one, type: add handset for OWNER to {network}"
)
OWNER_GONE = (
    "{owner} does not exist any more, so the handset “{name}” cannot be added for them again."
)
PAIR_AGAIN = (
    "The handset “{name}” must be paired again, with a new access code if each handset of"
    " {network} has its own."
)
NO_SUCH_CALL = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
}


async def add(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Send the call that adds the handset with its first line."""
    network, settings = dect_steps.network_of(job), dect_steps.settings_of(job.step)
    await ctx.calling.dect.add_handset(network, settings)
    listed = await fallback.read_or_error(ctx.calling.dect.handsets(network))
    return _added(job, handset_reads.certain(settings, listed))


async def add_many(
    jobs: Sequence[Job], _secrets: Mapping[str, str], ctx: Context
) -> Sequence[BulkResult]:
    """Send them in one call, and read their ids. NoBulk if there is no such call."""
    network = dect_steps.network_of(jobs[0])
    requested = [dect_steps.settings_of(job.step) for job in jobs]
    if any(settings in requested[:index] for index, settings in enumerate(requested)):
        raise NoBulk  # the answer could not tell them apart
    try:
        results = await ctx.calling.dect.add_handsets(network, requested)
    except WebexError as error:
        await _raise_if_no_such_call(error, network, ctx)
        raise
    listed = await fallback.read_or_error(ctx.calling.dect.handsets(network))
    matches = dect_lookup.find_handsets(requested, () if isinstance(listed, WebexError) else listed)
    return list(map(_result, jobs, results, matches))


async def _raise_if_no_such_call(error: WebexError, network: NetworkRef, ctx: Context) -> None:
    # An error with a number comes from a call that is there.
    if error.status not in NO_SUCH_CALL or error.code is not None:
        return
    if await dect_reads.is_network_there(network, ctx):
        raise NoBulk from error


def _result(job: Job, result: AddResult, match: Match) -> BulkResult:
    handset = None if match.is_doubtful else match.handset
    if result.refusal is not None:
        return result.refusal
    if result.is_unknown and handset is None:
        return None
    return _added(job, handset)


async def look_up_added(job: Job, ctx: Context) -> Outcome | None:
    """Whether the network has the handset. LookupPending if it may be another one."""
    (result,) = await look_up_many_added([job], ctx)
    if isinstance(result, LookupInconclusive):
        raise result
    return result


async def look_up_many_added(jobs: Sequence[Job], ctx: Context) -> Sequence[BulkLookup]:
    """Which of them the network has."""
    listed = await handset_reads.handsets_of(dect_steps.network_of(jobs[0]), ctx)
    requested = [dect_steps.settings_of(job.step) for job in jobs]
    matches = dect_lookup.find_handsets(requested, listed)
    return [_looked_up(job, match) for job, match in zip(jobs, matches, strict=True)]


def _looked_up(job: Job, match: Match) -> BulkLookup:
    if match.is_doubtful:
        return LookupPending(about(DOUBTFUL, job))
    return None if match.is_absent else _added(job, match.handset)


def _added(job: Job, handset: Handset | None) -> Outcome:
    return Outcome(
        title=about("The handset “{name}” of {owner} was added to {network}", job),
        facts=job.plan.facts,
        values={HANDSET_VALUE: handset.id if handset else ""},
    )


async def undo_addition(job: Job, outcome: Outcome, ctx: Context) -> Reversal:
    """Remove it, unless the undo deletes the whole network."""
    if dect_reads.goes_with_network(job):
        return Reversal()
    contents = await dect_reads.contents_of(dect_steps.network_of(job), ctx)
    if contents.network is None:
        return Reversal(warnings=(dect_reads.gone(job),))
    handset = handset_reads.of_step(job, outcome, dect_reads.required(contents.handsets))
    if handset is None:
        return Reversal(warnings=(about(NOT_THERE, job),))
    if not handset_reads.may_be_theirs(dect_steps.settings_of(job.step), handset):
        raise Refused(about(NOT_THEIRS, job))
    target = dect_reads.target_of(job, contents.network)
    step = dect_steps.delete_handset(
        handset.id,
        job.details["display_name"],
        job.details.get("owner_name", ""),
        target,
        spacing=ctx.dect_spacing,
        key=steps.undo_key(job.step),
        details=dect_steps.undo_details(handset),
    )
    return Reversal(
        steps=(step,),
        facts=(("Remove handset", handset_reads.name_and_owner(job)),),
        location=target.where,
    )


async def delete(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Remove it. If somebody else did, or deleted the network, it is done as well."""
    try:
        await ctx.calling.dect.delete_handset(dect_steps.network_of(job), job.details["handset"])
    except WebexError as error:
        if not error_messages.is_network_gone(error):
            raise
    return _deleted(job)


async def delete_many(
    jobs: Sequence[Job], _secrets: Mapping[str, str], ctx: Context
) -> Sequence[BulkResult]:
    """Remove them with one call. NoBulk if there is no such call."""
    network = dect_steps.network_of(jobs[0])
    ids = list(dict.fromkeys(job.details["handset"] for job in jobs))
    try:
        await ctx.calling.dect.delete_handsets(network, ids)
    except WebexError as error:
        if not error_messages.is_network_gone(error):
            if error.status not in NO_SUCH_CALL:
                raise
            return await _delete_left(jobs, ids, error, ctx)
    return [_deleted(job) for job in jobs]


async def _delete_left(
    jobs: Sequence[Job], ids: Sequence[str], error: WebexError, ctx: Context
) -> Sequence[BulkResult]:
    """Webex may remove none if one is gone already: send those that are left."""
    network = dect_steps.network_of(jobs[0])
    listed = await fallback.read_or_error(handset_reads.handsets_of(network, ctx))
    if isinstance(listed, WebexError):
        return [None] * len(jobs)
    left = [handset_id for handset_id in ids if handset_reads.with_id(handset_id, listed)]
    if len(left) == len(ids) and error.code is not None:
        raise error
    if len(left) == len(ids) or (left and not isinstance(error, NotFound)):
        raise NoBulk from error
    if left:
        try:
            await ctx.calling.dect.delete_handsets(network, left)
        except NotFound as again:
            raise NoBulk from again
    return [_deleted(job) for job in jobs]


async def look_up_deleted(job: Job, ctx: Context) -> Outcome | None:
    """Whether the handset is gone."""
    (outcome,) = await _looked_up_deleted([job], ctx)
    return outcome


async def look_up_many_deleted(jobs: Sequence[Job], ctx: Context) -> Sequence[BulkLookup]:
    """Which of them are gone."""
    return await _looked_up_deleted(jobs, ctx)


async def _looked_up_deleted(jobs: Sequence[Job], ctx: Context) -> list[Outcome | None]:
    listed = await handset_reads.handsets_of(dect_steps.network_of(jobs[0]), ctx)
    return [
        None if handset_reads.with_id(job.details["handset"], listed) else _deleted(job)
        for job in jobs
    ]


def _deleted(job: Job) -> Outcome:
    return Outcome(
        title=about("The handset “{name}” of {owner} was removed from {network}", job),
        facts=job.plan.facts,
    )


async def undo_deletion(job: Job, _outcome: Outcome, ctx: Context) -> Reversal:
    """Add it again with its lines. Refused if that is impossible."""
    settings = _old_settings(job)
    contents = await dect_reads.contents_of(dect_steps.network_of(job), ctx)
    if contents.network is None:
        raise Refused(about(NETWORK_GONE, job))
    if handset_reads.certain(settings, dect_reads.required(contents.handsets)):
        return Reversal(warnings=(about(THERE_ALREADY, job),))
    owner_key = job.details.get(OWNER)
    if owner_key and await ctx.calling.owner(owner_key) is None:
        raise Refused(about(OWNER_GONE, job))
    target = dect_reads.target_of(job, contents.network)
    return Reversal(
        steps=_addition(job, settings, target, ctx),
        facts=(("Add handset", handset_reads.name_and_owner(job)),),
        warnings=(about(PAIR_AGAIN, job),),
        location=target.where,
    )


def _old_settings(job: Job) -> HandsetSettings:
    """The handset as it was before its removal."""
    if LINE_1 not in job.details:
        raise Refused(about(NOT_KNOWN, job))
    name = job.details["display_name"]
    return HandsetSettings(
        line1=job.details[LINE_1],
        line2=job.details.get(LINE_2),
        display_name=name or dect_limits.handset_name(job.details.get("owner_name", "")),
    )


def _addition(
    job: Job, settings: HandsetSettings, target: Target, ctx: Context
) -> tuple[Step, ...]:
    """The steps that add it as it was, with a second line if it had one."""
    key, spacing = steps.undo_key(job.step), ctx.dect_spacing
    details = {name: job.details.get(name, "") for name in (OWNER, "owner_name")}
    add = dect_steps.handset_step(settings, target, details, spacing=spacing, key=key)
    if settings.line2 is None:
        return (add,)
    kept = ("second_name", SECOND_OWNER)
    details |= {name: job.details[name] for name in kept if name in job.details}
    both = dect_steps.second_line(
        settings, target, details, spacing=spacing, key=f"{key} line 2", add_key=add.key
    )
    return add, both


ADD_HANDSET = Action(
    dect_steps.ADD_HANDSET,
    add,
    look_up_added,
    undo_addition,
    bulk=Bulk(MAX_BULK, add_many, look_up_many_added),
)
SECOND_LINE = Action(dect_steps.SECOND_LINE, second_line.run, second_line.look_up, second_line.undo)
DELETE_HANDSET = Action(
    dect_steps.DELETE_HANDSET,
    delete,
    look_up_deleted,
    undo_deletion,
    bulk=Bulk(MAX_BULK, delete_many, look_up_many_deleted),
)
