"""What `add base` and `add handset` have in common: the plan for rows of a network that is there.

Pure, apart from the reads of the context.
"""

from bot.domain import dect_forms, dect_plans
from bot.domain.forms import ParsedForm
from bot.domain.lookup.dect_checks import check_rows
from bot.domain.lookup.dect_networks import find_network
from bot.domain.lookup.dect_reads import dect_facts
from bot.domain.operation import Context
from bot.domain.plan import Plan
from bot.operations.actions.dect_row_plans import plan_of_rows


async def plan_addition(
    form: ParsedForm, ctx: Context, *, operation: str, box: str, missing: str
) -> Plan:
    """Check all rows with a few reads. Invalid without a network or rows.

    `box` is the field with the lines, and `missing` the sentence for it when it is empty.
    """
    rows = dect_forms.rows_of(form, ctx, box, missing)
    network = form.valid(await find_network(form, "network", ctx))
    checked = check_rows(rows, await dect_facts(form, rows, network, ctx))
    dect_plans.check_single(form, checked, box, ctx)
    return plan_of_rows(
        form,
        network,
        checked,
        ctx,
        operation=operation,
        title=dect_plans.addition_title(checked, network),
        facts=dect_plans.network_facts(network),
    )
