"""DECT networks with handsets, and what people are answered who ask about them."""

from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from bot.core.models.dect import BaseStation, DectNetwork, Handset, HandsetLine
from bot.core.models.people import Place
from bot.domain.operation import Caller, Permission, Question
from bot.operations.dect import DECT
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.example_org import BERLIN, LYON
from tests.fake_calling import FakeCalling

# As Webex writes it: behind a button, it names a network whatever its name is.
ID = "Y2lzY29zcGFyazovL3VzL0RFQ1RfTkVUV09SSy8wMDExMjIzMy00NDU1LTY2NzctODg5OS1hYWJiY2NkZGVlZmY"
DIRECT, SPACE = Place("room-1", direct=True), Place("room-2", direct=False)
VIEWER = Caller("vera@example.com", ("viewer",), (Permission("dect"),))
ALL = (
    "set up dect", "add base", "add handset", "remove base", "remove handset",
    "change dect network", "delete dect network", "dect",
)  # fmt: skip
ADMIN = Caller("ada@example.com", ("admin",), tuple(map(Permission, ALL)))


def network(name: str, where: Any = LYON, **more: Any) -> DectNetwork:
    """A network of a DBS210, with codes for each handset."""
    values = {
        "id": f"net-{name}-{where.name}", "name": name, "model": "DMS Cisco DBS210",
        "location_id": where.id, "location": where.name, "has_shared_code": False, **more,
    }  # fmt: skip
    return DectNetwork(**values)


HALL = network("Hall")
SHARED = network("Shared", has_shared_code=True, access_code=SecretStr("2468"))
LOBBY_LYON, LOBBY_BERLIN = network("Lobby"), network("Lobby", BERLIN)


def handset(number: int, **more: Any) -> Handset:
    """One that is not paired, with its own code."""
    line = HandsetLine(id=f"p{number}", name=f"Ann Alder {number}", extension=f"{1000 + number}")
    values = {
        "id": f"set-{number}", "index": str(number), "display_name": f"A. Alder {number}",
        "access_code": SecretStr(f"{5000 + number}"), "lines": (line,), **more,
    }  # fmt: skip
    return Handset(**values)


def organization(
    *networks: DectNetwork, bases: int = 0, sets: int = 0, **broken: list[Exception | None]
) -> FakeCalling:
    """Networks of which each has so many base stations and handsets."""
    calling = FakeCalling(broken=dict(broken))
    calling.dect.held = list(networks)
    for each in networks:
        calling.dect.stations[each.id] = [
            BaseStation(id=f"b{number}", mac=f"00005E{number:06X}", lines_registered=0)
            for number in range(bases)
        ]
        calling.dect.sets[each.id] = [handset(number) for number in range(1, sets + 1)]
    return calling


async def asked(
    calling: FakeCalling,
    text: str = "",
    *places: str,
    question: Question = DECT,
    caller: Caller = ADMIN,
    place: Place = DIRECT,
    government: bool = False,
) -> Any:
    """The answer."""
    ctx = replace(context(calling, *places, government=government), place=place)
    return await question.answer(text, caller, ctx)


async def shown(*args: Any, **more: Any) -> tuple[str, list[str]]:
    """The words and the buttons of a card."""
    card = await asked(*args, **more)
    content = render.to_content(card)
    assert rules.violations(content) == []
    return render.to_text(card), rules.buttons(content)


async def said_by(calling: FakeCalling, text: str, title: str, **more: Any) -> str:
    """What a button types."""
    card = await asked(calling, text, **more)
    said: str = rules.button(render.to_content(card), title)["say"]
    return said
