"""Jobs about the DECT network Warehouse in Lyon, and about a new one called Hall."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.models.dect import HandsetSettings, NetworkRef
from bot.core.models.webex import Owner
from bot.domain.operation import Action, Context, Job
from bot.domain.plan import Plan, Step
from bot.operations.actions import dect_steps
from bot.operations.actions.dect_steps import Target
from tests.example_org import BOB, LYON, WAREHOUSE
from tests.fake_calling import FakeCalling

SPACING = 90.0
THERE, NEW = Target.of(WAREHOUSE), Target("Hall", LYON.ref)
REF = WAREHOUSE.ref
MACS = ("D82E3E000001", "D82E3E000002", "D82E3E000003")


def jobs(*steps: Step, values: Mapping[str, str] | None = None) -> list[Job]:
    """The jobs of a plan with these steps."""
    plan = Plan(title="Change much", facts=(("Location", "Lyon"),), steps=steps)
    return [Job(plan, step, values or {}) for step in steps]


def bases(*macs: str, target: Target = THERE) -> list[Job]:
    """Jobs that add base stations."""
    return jobs(*(dect_steps.add_base(mac, target, row) for row, mac in enumerate(macs, 1)))


def handset_steps(owner: Owner = BOB, name: str = "Bob", second: Owner | None = None) -> list[Step]:
    """The steps that add a handset, with a second line if it has one."""
    return [*dect_steps.add_handset(owner, name, THERE, 1, second=second, spacing=SPACING)]


def handsets(*rows: tuple[Owner, str]) -> list[Job]:
    """Jobs that add handsets with one line."""
    return jobs(
        *(
            step
            for row, (owner, name) in enumerate(rows, 1)
            for step in dect_steps.add_handset(owner, name, THERE, row, spacing=SPACING)
        )
    )


async def with_handsets(calling: FakeCalling, *names: str, second: Owner | None = None) -> None:
    """Give Warehouse handsets of Bob's with these names."""
    for name in names:
        settings = HandsetSettings(line1=BOB.id, display_name=name)
        await calling.dect.add_handset(REF, settings)
        if second:
            both = settings.model_copy(update={"line2": second.id})
            await calling.dect.update_handset(REF, calling.dect.sets[REF.id][-1].id, both)


def blank(calling: FakeCalling, network: NetworkRef = REF, **fields: object) -> None:
    """Let Webex leave out fields of all handsets."""
    sets = calling.dect.sets[network.id]
    calling.dect.sets[network.id] = [each.model_copy(update=fields) for each in sets]


def names(calling: FakeCalling, network: NetworkRef = REF) -> Sequence[str]:
    """The names of the handsets that the network has."""
    return [each.display_name for each in calling.dect.sets.get(network.id, ())]


async def run_many(action: Action, together: Sequence[Job], ctx: Context) -> list[Any]:
    """What became of each when they were sent with one call."""
    assert action.bulk
    return [*await action.bulk.run(together, {}, ctx)]


async def look_up_many(action: Action, together: Sequence[Job], ctx: Context) -> list[Any]:
    """What one look tells of each."""
    assert action.bulk
    return [*await action.bulk.look_up(together, ctx)]
