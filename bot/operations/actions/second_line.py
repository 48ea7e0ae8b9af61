"""Set the lines of a DECT handset, and how that is taken back.

`PUT …/dectNetworks/{id}/handsets/{id}` sets name and lines, and can be repeated; rules:
docs/webex/provisioning.md §5.
"""

from collections.abc import Mapping, Sequence

from bot.core.errors import Refused, WebexError
from bot.core.models.dect import Handset, HandsetSettings
from bot.core.models.text import fold
from bot.domain import dect_lookup, fallback
from bot.domain.operation import Context, Job, LookupPending
from bot.domain.plan import Outcome, Reversal
from bot.operations.actions import dect_reads, dect_steps, handset_reads, steps
from bot.operations.actions.dect_steps import HANDSET_VALUE, OWNER
from bot.operations.actions.handset_reads import about

LINE_DOUBTFUL = (
    "Webex did not say whether the handset “{name}” of {owner} was changed, and does not say whose"
    " its second line is. Please look in Control Hub before you ask again."
)
NOT_LISTED = (
    "{network} lists no handset “{name}” of {owner}, so its lines were not changed. Please look at"
    " the network in a few minutes, and set them then."
)
NOT_SURE = (
    "{network} has a handset that may be “{name}” of {owner}, but Webex does not show its name or"
    " its owner, so its lines were not changed. Please set them in Control Hub."
)
LINES_STAY = "The lines of the handset “{name}” of {owner} were changed meanwhile: they stay."
TWO_LINES = "The handset “{name}” of {owner} has a second line, of {second}"
ONE_LINE = "The handset “{name}” of {owner} has one line"
NOT_THEIRS = (
    "The first line of the handset “{name}” is not that of {owner} any more, so it stays as it is."
)


async def run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    """Set name and lines of the handset, unless it has them already. The call can be repeated."""
    network, settings = dect_steps.network_of(job), dect_steps.settings_of(job.step)
    handset = await _handset(job, ctx)
    if handset is not None and not handset_reads.may_be_theirs(settings, handset):
        raise Refused(about(NOT_THEIRS, job))
    handset_id = handset.id if handset is not None else _known_id(job)
    if handset is None or not _has(settings, handset):
        await ctx.calling.dect.update_handset(network, handset_id, settings)
    return _set(job, handset_id)


async def _handset(job: Job, ctx: Context) -> Handset | None:
    """The handset now; None if its id is known and it could not be read. Refused if it is gone.

    Of a network that is gone, Webex tells it after the change is sent.
    """
    network, handset_id = dect_steps.network_of(job), _known_id(job)
    if not handset_id:
        return _found(job, await ctx.calling.dect.handsets(network))
    answer = await fallback.read_or_error(ctx.calling.dect.handset(network, handset_id))
    if answer is None:
        return await _listed(job, handset_id, ctx)
    return None if isinstance(answer, WebexError) else answer


async def _listed(job: Job, handset_id: str, ctx: Context) -> Handset | None:
    """The handset in the list, as a cloud may lack the call for one; Refused if it is gone."""
    network = dect_steps.network_of(job)
    listed = await fallback.read_or_error(ctx.calling.dect.handsets(network))
    if isinstance(listed, WebexError):
        return None
    handset = handset_reads.with_id(handset_id, listed)
    if handset is None:
        raise Refused(about(NOT_LISTED, job))
    return handset


def _known_id(job: Job) -> str:
    return job.details.get("handset") or job.values.get(HANDSET_VALUE, "")


def _found(job: Job, listed: Sequence[Handset]) -> Handset:
    """The handset by name and member, as its id is not known; Refused if it is not certain."""
    (match,) = dect_lookup.find_handsets([dect_steps.settings_of(job.step)], listed)
    if match.handset is None:
        raise Refused(about(NOT_LISTED, job))
    if match.is_doubtful:
        raise Refused(about(NOT_SURE, job))
    return match.handset


def _has(settings: HandsetSettings, handset: Handset) -> bool:
    """Whether the handset has this name and exactly these lines."""
    members = [settings.line1, *([settings.line2] if settings.line2 else [])]
    lines = handset.lines
    return (
        fold(handset.display_name) == fold(settings.display_name)
        and len(lines) == len(members)
        and all(line.is_member(member) for line, member in zip(lines, members, strict=True))
    )


async def look_up(job: Job, ctx: Context) -> Outcome | None:
    """Whether the handset has its lines."""
    network, settings = dect_steps.network_of(job), dect_steps.settings_of(job.step)
    listed = await handset_reads.handsets_of(network, ctx)
    handset_id = _known_id(job)
    by_name = handset_reads.certain(settings, listed)
    handset = handset_reads.with_id(handset_id, listed) if handset_id else by_name
    if handset is None:
        return None
    if any(not line.id for line in handset.lines):
        raise LookupPending(about(LINE_DOUBTFUL, job))
    return _set(job, handset.id) if _has(settings, handset) else None


def _set(job: Job, handset_id: str) -> Outcome:
    has_second = dect_steps.settings_of(job.step).line2 is not None
    title = TWO_LINES if has_second else ONE_LINE
    return Outcome(
        title=about(title, job),
        facts=job.plan.facts,
        values={HANDSET_VALUE: handset_id},
    )


async def undo(job: Job, outcome: Outcome, ctx: Context) -> Reversal:
    """Take the second line away, unless the handset itself goes."""
    adds = {step.key for step in job.plan.steps if step.action == dect_steps.ADD_HANDSET}
    if dect_reads.goes_with_network(job) or adds & {*job.step.after}:
        return Reversal()
    settings = dect_steps.settings_of(job.step)
    contents = await dect_reads.contents_of(dect_steps.network_of(job), ctx)
    if contents.network is None:
        return Reversal(warnings=(dect_reads.gone(job),))
    handset = handset_reads.of_step(job, outcome, dect_reads.required(contents.handsets))
    if handset is None or settings.line2 is None or not _has(settings, handset):
        return Reversal(warnings=(about(LINES_STAY, job),))
    target = dect_reads.target_of(job, contents.network)
    step = dect_steps.second_line(
        settings.with_one_line,
        target,
        {OWNER: job.details.get(OWNER, ""), "owner_name": job.details.get("owner_name", "")},
        spacing=ctx.dect_spacing,
        key=steps.undo_key(job.step),
        handset_id=handset.id,
    )
    return Reversal(
        steps=(step,),
        facts=(("Take second line", about("{name} · {owner}", job)),),
        location=target.where,
    )
