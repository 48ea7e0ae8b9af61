"""The pairing sheet that the requester gets when handsets were added, and what comes next."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.core.models.dect import NetworkRef
from bot.core.models.files import FileMessage
from bot.domain import pairing_sheet
from bot.domain.forms import Inputs
from bot.domain.operation import Context, Handout
from bot.domain.plan import Plan, Step
from bot.operations.actions.dect_steps import ADD_HANDSET, HANDSET_VALUE, NETWORK_VALUE, settings_of

SHEET = "pairing sheet"
HOW_TO_PAIR = (
    "To pair a handset, stay near a base station: on the handset, press the menu key, choose"
    " Connectivity, then Register, and type the access code."
)
LATER = "To get the pairing sheet with the access codes, type: dect sheet {network}"
NOT_LISTED = (
    " Webex does not list {count} of the new handsets yet. To get a sheet with all of them later,"
    " type: dect sheet {network}"
)


async def _make(
    code: str, planned: Plan, values: Mapping[str, Inputs], ctx: Context
) -> FileMessage | None:
    """The sheet of the handsets that the request has added, with the codes that Webex gives."""
    added = [step for step in planned.steps if step.action == ADD_HANDSET and step.key in values]
    if not added:
        return None
    created = next(
        (
            step_values[NETWORK_VALUE]
            for step_values in values.values()
            if NETWORK_VALUE in step_values
        ),
        "",
    )
    details = added[0].details
    ref = NetworkRef(details["location"], details["network"] or created)
    network = await ctx.calling.dect.network(ref)
    if network is None:
        return None
    ids = {step.key: values[step.key].get(HANDSET_VALUE, "") for step in added}
    handsets = pairing_sheet.chosen(
        await ctx.calling.dect.handsets(ref),
        handset_ids=[handset_id for handset_id in ids.values() if handset_id],
        owner_ids=[settings_of(step).line1 for step in added if not ids[step.key]],
    )
    local = ctx.local()
    read_at = datetime.fromtimestamp(local.now, UTC).isoformat()
    file = pairing_sheet.sheet_file(
        network,
        pairing_sheet.in_order(handsets),
        label=code,
        title=network.name,
        as_of=local.show_iso(read_at, for_file=True),
    )
    missing = len(added) - len(handsets)
    if missing <= 0:
        return file
    note = NOT_LISTED.format(count=missing, network=_named(planned.first))
    return file.model_copy(update={"text": file.text + note})


def _named(step: Step) -> str:
    """The network as people type it: another location may have one of the same name."""
    details = step.details
    name = details.get("network_name") or details.get("name", "")  # of steps of older versions
    return f"{name} in {details['place']}" if details["place"] else name


def later(step: Step) -> str:
    """How to get the sheet of the network of this step later."""
    return LATER.format(network=_named(step))


def _later(planned: Plan) -> str:
    return later(planned.first)


def show_network(planned: Plan) -> Mapping[str, str]:
    """The button that shows the network of a plan."""
    return {"Show network": f"dect {_named(planned.first)}"}


def add_to_network(planned: Plan) -> Mapping[str, str]:
    """The buttons that add to the network of a plan, and the one that shows it."""
    network = _named(planned.first)
    additions = {"Add base": f"add base to {network}", "Add handset": f"add handset to {network}"}
    return {**additions, **show_network(planned)}


HANDOUT = Handout(SHEET, _make, HOW_TO_PAIR, _later, pairing_sheet.file_name)
