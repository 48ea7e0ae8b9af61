"""`provbot guide`: one page for technicians, with a QR code, needing nothing from elsewhere."""

import hashlib
import re
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.core.errors import Refused
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request
from bot.domain.command_parser import Unknown
from bot.operations import COMMANDS, PARSER
from bot.requests import views
from bot.setup import guide
from sandbox.server import Sandbox
from tests.coverage_env import coverage_env
from tests.journeys.programs import finished
from tests.plans import any_plan

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "chat-guide.md").read_text("utf-8")
ADDRESS = "provbot@webex.bot"
ITEMS = re.findall(r"<li>(.*)</li>", guide.page("Provbot", ADDRESS))


def modules(page: str) -> set[tuple[int, int]]:
    """The dark squares of the QR code as they are drawn: column and row."""
    path = re.search(r'<path[^>]* d="([^"]+)"', page)
    assert path
    dark, x, y = set(), 0.0, 0.0
    for step, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", path[1]):
        if step == "h":
            dark |= {(int(x) + i, int(y)) for i in range(int(first))}
            x += int(first)
        elif step == "M":
            x, y = float(first), float(second)
        else:
            x, y = x + float(first), y + float(second)
    return dark


def test_the_qr_code_is_the_one_that_was_scanned():
    """A scanner (zbarimg) read `webexteams://im?email=provbot@webex.bot` from the printed page."""
    dark = modules(guide.page("Provbot", ADDRESS))
    drawn = "".join(str((x, y) in dark)[0] for y in range(33) for x in range(33))

    assert (
        hashlib.sha256(drawn.encode()).hexdigest()
        == "41cd77965e941c083f15631903b7288a1b690674236f8b8d6bb242095018141f"
    )


def test_another_address_has_another_qr_code():
    assert modules(guide.page("a", ADDRESS)) != modules(guide.page("a", "other@webex.bot"))


def test_the_link_opens_a_direct_message_by_address():
    assert guide.link(ADDRESS) == "webexteams://im?email=provbot@webex.bot"
    assert guide.link("a&b=c@webex.bot") == "webexteams://im?email=a%26b%3Dc@webex.bot"


def test_nothing_is_fetched_and_names_are_escaped():
    page = guide.page("<b>Bot</b>", "x<script>@webex.bot")

    assert re.findall(r'(?:src|href)="(?!webexteams:)', page) == []
    assert "url(" not in page
    assert "<script" not in page
    assert "&lt;b&gt;Bot" in page


def test_what_the_government_cloud_lacks_is_left_out():
    assert "DECT" in guide.page("P", ADDRESS)
    there = guide.page("P", ADDRESS, government=True)
    assert "dect" not in there.lower()
    assert "<p>Phones and activation codes by chat." in there
    assert "$" not in there


@pytest.mark.parametrize(
    "typed", [text for texts in guide.rows(COMMANDS).values() for text in texts]
)
def test_every_command_of_the_guide_is_understood(typed):
    assert not isinstance(PARSER.parse(typed), Unknown)


def plain(text: str) -> str:
    return re.sub(r"</?(?:b|i|code)>|[*`]", "", text)


def test_the_document_says_the_same():
    rows = re.findall(r"^\| (?!to |---)([^|]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)
    documented = [(want, *re.findall(r"`([^`]+)`", examples)) for want, examples in rows]
    lines = [plain(line) for line in re.findall(r"^(?:\d\.|-) (.*)$", DOCUMENT, re.MULTILINE)]

    assert documented == [(purpose, *texts) for purpose, texts in guide.rows(COMMANDS).items()]
    assert lines == [plain(item) for item in ITEMS]


def test_the_headings_of_failures_are_those_of_the_page():
    failed = Request(
        code="QH4A", state="failed", version=3, operation="add phone", event_id="e",
        requester=Sender("id", "tom@acme.example"), place=Place("room", direct=True), inputs={},
        created_at=0.0, changed_at=0.0, changed_by="provbot",
    )  # fmt: skip
    planned = any_plan("Add a phone")
    card = views.failure(failed, planned, Refused("In use."))
    [item] = [item for item in ITEMS if "<b>code</b> of the request" in item]

    heading = item.partition("<b>")[2].partition(" …</b>")[0]
    assert heading
    assert card.body[0].text.startswith(f"{heading} ")


def test_the_address_can_be_given(tmp_path):
    done = CliRunner().invoke(
        app, ["guide", "--to", str(tmp_path / "a.html"), "--address", ADDRESS]
    )

    assert done.exit_code == 0
    assert ADDRESS in (tmp_path / "a.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("cloud", "has_dect"), [("government", False), ("commercial", True), ("", True)]
)
def test_the_cloud_is_that_of_the_settings(tmp_path, cloud, has_dect):
    (tmp_path / ".env").write_text(f"WEBEX_CLOUD={cloud}\n")
    with chdir(tmp_path):
        done = CliRunner().invoke(app, ["guide", "--to", "a.html", "--address", ADDRESS])

    assert done.exit_code == 0
    assert ("DECT" in (tmp_path / "a.html").read_text("utf-8")) is has_dect


def test_another_cloud_is_refused(tmp_path):
    (tmp_path / ".env").write_text("WEBEX_CLOUD=gov\n")
    with chdir(tmp_path):
        done = CliRunner().invoke(app, ["guide", "--to", "a.html", "--address", ADDRESS])

    assert done.exit_code == 2
    assert "must be commercial or government." in done.stderr


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    done = CliRunner().invoke(
        app, ["guide", "--to", str(tmp_path / "no" / "a.html"), "--address", ADDRESS]
    )

    assert done.exit_code == 2
    assert "cannot be written: No such file or directory." in done.stderr


async def written(sandbox: Sandbox, folder: Path, **changes: str) -> tuple[int, str]:
    env = {"PYTHONPATH": str(ROOT), **coverage_env(), **sandbox.env, **changes}
    return await finished(["guide", "--to", "a.html"], env, folder, measured=True)


@pytest.mark.slow
@pytest.mark.usefixtures("forks")
async def test_without_an_address_the_bots_account_is_read(tmp_path):
    async with Sandbox() as sandbox:
        status, output = await written(sandbox, tmp_path)

    assert status == 0, output
    assert output == "Written to a.html. Open it in a browser and print it on one sheet.\n"
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<h1>Provbot in one page" in page
    assert ADDRESS in page


@pytest.mark.slow
@pytest.mark.usefixtures("forks")
async def test_a_refused_token_is_reported(tmp_path):
    async with Sandbox() as sandbox:
        status, output = await written(sandbox, tmp_path, WEBEX_BOT_TOKEN="wrong")

    assert status == 2
    assert "Traceback" not in output
    assert "401" in output
