"""`request CODE` and `provbot requests show` tell where time went: people, rate limits, retries."""

import re
from pathlib import Path

import pytest

from tests.journeys.approving import approving, ask_to_delete, card_of, heard
from tests.journeys.cards import code_of
from tests.journeys.world import ADA, ANA, ELI, TOM, World, command

pytestmark = pytest.mark.asyncio(loop_scope="module")

ERIN = "00:11:22:33:44:55"


def line(text: str, pattern: str) -> re.Match[str]:
    """The line that begins so."""
    match = re.search(rf"^{pattern}$", text, re.MULTILINE)
    assert match, f"{pattern} is not in: {text}"
    return match


async def test_an_approved_and_rate_limited_request_lists_its_waits(
    allowlist: Path, tmp_path: Path
):
    async with approving(allowlist, tmp_path) as world:
        waiting = await ask_to_delete(world, ELI, ERIN)
        code = code_of(waiting)
        card = await card_of(world, ANA, code)
        await world.client.fault(
            method="DELETE", path="/devices/*", status=429, headers={"Retry-After": "2"}, times=1
        )
        seq = await world.client.seq()
        await world.client.press(ANA, card["id"], "Approve")
        await heard(world, ELI, "was deleted", after=seq)
        await world.at_rest()

        moments = (await world.say(ELI, f"request {code}"))["text"]
        details = (await world.say(ADA, f"request {code}"))["text"]

        clock = r"\d\d:\d\d C[DS]T"
        decided = rf"confirmed at {clock} · approved by Ana Costa at {clock} · done at {clock}"
        line(moments, rf".*Asked at {clock} · {decided}")
        assert "calls to Webex" not in moments
        line(details, r".*Asked at .* · plan after \d\.\d s · confirmed after \d\.\d s")
        line(details, r".*Waited \d\.\d s for Ana Costa")
        ran = line(details, r".*Ran (\d\.\d) s, (\d\.\d) s of it for Webex's rate limit")
        assert 1.9 <= float(ran[2]) <= float(ran[1])
        calls = line(details, r".*?(\d+) calls to Webex: \d\.\d s · 1 retry")
        assert int(calls[1]) == await calls_of_the_request(world)
        shown = await command(world.env, tmp_path, "requests", "show", code)
        assert f"Ran {ran[1]} s, {ran[2]} s of it for Webex's rate limit" in shown


async def calls_of_the_request(world: World) -> int:
    """The calls of its steps: all with the service app's token, and reads of people until then."""
    spent = world.rows("select spent from requests")[0]["spent"]
    return sum(int(number) for number in re.findall(r'"calls": (\d+)', spent))


async def test_time_continues_to_count_after_a_restart(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF7C21 8865 for bob@acme.example")
    code = code_of(plan)
    await fresh.stop()
    await fresh.start()
    await fresh.press(TOM, plan, "Confirm")
    await fresh.at_rest()

    details = (await fresh.say(ADA, f"request {code}"))["text"]

    line(details, r".*Asked at .* · plan after \d\.\d s · confirmed after .* s")
    line(details, r".*Ran \d\.\d s")
    spent = fresh.rows("select spent from requests")[0]["spent"]
    assert [stage in spent for stage in ("plan", "confirm", "run", "decide")] == [True] * 3 + [
        False
    ]
