"""What the actions of handsets share: their lists, and which of them a step is about."""

from collections.abc import Sequence

from bot.core.errors import WebexError
from bot.core.models.dect import Handset, HandsetSettings, NetworkRef, same_id
from bot.domain import dect_lookup
from bot.domain.operation import Context, Job
from bot.domain.plan import Outcome
from bot.operations.actions import dect_reads, dect_steps
from bot.operations.actions.dect_steps import HANDSET_VALUE


def certain(settings: HandsetSettings, listed: Sequence[Handset] | WebexError) -> Handset | None:
    """The handset if it is listed for certain."""
    if isinstance(listed, WebexError):
        return None
    (match,) = dect_lookup.find_handsets([settings], listed)
    return None if match.is_doubtful else match.handset


async def handsets_of(network: NetworkRef, ctx: Context) -> Sequence[Handset]:
    """The handsets of the network; none if it is gone."""
    read = ctx.calling.dect.handsets(network)
    return await dect_reads.unless_network_gone(read, network, ctx) or ()


def about(sentence: str, job: Job) -> str:
    """A sentence with the names of the step: `name`, `owner`, `network`, `second`."""
    details = job.details
    return sentence.format(
        name=details["display_name"],
        owner=details.get("owner_name") or "its owner",
        network=details["network_name"],
        second=details.get("second_name") or "its second member",
    )


def name_and_owner(job: Job) -> str:
    """`Zoe · Zoe Martin`, and `Zoe Martin` if the handset is called so."""
    name, owner = job.details["display_name"], job.details.get("owner_name") or "its owner"
    return name if name == owner else f"{name} · {owner}"


def of_step(job: Job, outcome: Outcome, listed: Sequence[Handset]) -> Handset | None:
    """The handset that the step added: by its id, or by name and member if that is not known."""
    handset_id = outcome.values.get(HANDSET_VALUE)
    if handset_id:
        return with_id(handset_id, listed)
    return certain(dect_steps.settings_of(job.step), listed)


def with_id(handset_id: str, listed: Sequence[Handset]) -> Handset | None:
    """The handset with that id, if it is listed."""
    as_written = (handset for handset in listed if handset.id == handset_id)  # quick for many
    same = (handset for handset in listed if same_id(handset.id, handset_id))
    return next(as_written, None) or next(same, None)


def may_be_theirs(settings: HandsetSettings, handset: Handset) -> bool:
    """Whether its first line is that of the member, as far as Webex tells."""
    return all(not line.id or line.is_member(settings.line1) for line in handset.lines[:1])
