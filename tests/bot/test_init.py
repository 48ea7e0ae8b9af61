"""`provbot init` at a real terminal, against a sandbox.

It reports a wrong answer immediately, and shows no token.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.core.config import is_key
from bot.setup.scopes import SCOPES
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.coverage_env import coverage_env
from tests.journeys.programs import new_processes
from tests.terminal import Terminal, terminal

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forks")]

ROOT = str(Path(__file__).parents[2])
ADDRESSES = ("WEBEX_API_URL", "WEBEX_U2C_URL", "WEBEX_CA_FILE")
APP = (
    "WEBEX_SERVICE_APP_CLIENT_ID",
    "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "WEBEX_SERVICE_APP_REFRESH_TOKEN",
)
HIDDEN = ("WEBEX_BOT_TOKEN", *APP[1:])


def here(sandbox: Sandbox, *names: str) -> dict[str, str]:
    """The environment of a terminal in which only these are set."""
    set_there = {name: sandbox.env[name] for name in names}
    here = {"PYTHONPATH": ROOT, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", **coverage_env()}
    return {**here, **set_there}


def written(folder: Path) -> dict[str, str | None]:
    """What stands in `.env`."""
    return dict(dotenv_values(folder / ".env"))


def hides(screen: Terminal, sandbox: Sandbox) -> bool:
    """Whether no secret was shown, typed or printed."""
    return not any(sandbox.env[name] in screen.shown for name in HIDDEN)


async def answer_the_service_app(screen: Terminal, sandbox: Sandbox) -> None:
    await screen.answers(
        ("Client ID (empty", sandbox.env[APP[0]]),
        ("Client secret", sandbox.env[APP[1]]),
        ("Refresh token", sandbox.env[APP[2]]),
    )


@pytest.fixture
def cold() -> Iterator[None]:
    """The bot starts without the modules that a fork has loaded."""
    with new_processes():
        yield


async def test_it_creates_a_working_file_from_nothing(tmp_path, cold):
    async with Sandbox() as sandbox:
        page = sandbox.control_url.removesuffix("/control")
        async with terminal(tmp_path, here(sandbox), "init", "--sandbox", page) as screen:
            line = await screen.sees("Bot access token")
            assert "https://developer.webex.com/my-apps/new/bot" in line
            await screen.types(sandbox.env["WEBEX_BOT_TOKEN"])
            await screen.sees("✓ Provbot (provbot@webex.bot)")
            ticked = await screen.sees("Client ID (empty")
            assert all(f"     {scope.name}\n" in ticked for scope in SCOPES)
            assert "admin.webex.com > Apps > Service Apps" in ticked
            await screen.types(sandbox.env[APP[0]])
            await screen.answers(
                ("Client secret", sandbox.env[APP[1]]),
                ("Refresh token", f"Bearer {sandbox.env[APP[2]]}"),
            )
            await screen.sees("It has all scopes")
            await screen.answers(("Your email", "Ada@acme.example"))
            await screen.sees("✓ Ada")
            await screen.sees("only you can read it")
            assert await screen.ends() == 0, screen.shown
            assert "provbot run" in screen.shown
            assert "grant SOMEBODY@… technician" in screen.shown
            assert "provbot access add SOMEBODY@… technician" in screen.shown
            assert hides(screen, sandbox)
        made = written(tmp_path)
        assert is_key(made.pop("PROVBOT_KEY") or "")
        assert made.pop("PROVBOT_ADMINS") == "Ada@acme.example"
        assert made == {name: sandbox.env[name] for name in ("WEBEX_BOT_TOKEN", *APP, *ADDRESSES)}
        assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


async def test_a_wrong_answer_is_reported_and_asked_again(tmp_path):
    async with Sandbox() as sandbox:
        env = sandbox.env
        ada = sandbox.cloud.person_by_email("ada@acme.example")
        assert ada
        person = sandbox.cloud.tokens.issue("person", ada.key)
        async with terminal(tmp_path, here(sandbox, *ADDRESSES), "init") as screen:
            for none, problem in (
                ("", "That is empty"),
                ("two words", "characters that no token has"),
            ):
                await screen.answers(("Bot access token", none))
                await screen.sees(problem)
            for wrong, problem in (
                ("nonsense", "Webex does not accept the bot token"),
                (person.value, "This is the token of a person (Ada"),
            ):
                await screen.answers(("Bot access token", wrong))
                await screen.sees(problem)
                await screen.answers(("anyway?", "n"))
            await screen.answers(("Bot access token", env["WEBEX_BOT_TOKEN"]))
            for wrong_app, problem in (
                (("x", env[APP[1]], env[APP[2]]), "not know a service app with this client id"),
                ((env[APP[0]], "x", env[APP[2]]), "client secret does not belong"),
                ((env[APP[0]], env[APP[1]], "x"), "does not accept the refresh token"),
            ):
                questions = ("Client ID (empty", "Client secret", "Refresh token")
                await screen.answers(*zip(questions, wrong_app, strict=True))
                await screen.sees(problem)
                await screen.answers(("anyway?", ""))
            await answer_the_service_app(screen, sandbox)
            await screen.answers(("Your email", ""), ("Your email", "ada"))
            await screen.sees("That is not an email address")
            await screen.answers(("anyway?", "n"), ("Your email", "nobody@acme.example"))
            await screen.sees("the email address nobody@acme.example")
            await screen.answers(("anyway?", "n"), ("Your email", "ada@acme.example"))
            assert await screen.ends() == 0, screen.shown
            assert hides(screen, sandbox)
            assert person.value not in screen.shown


async def test_a_scope_that_was_not_ticked_is_named_with_its_purpose(tmp_path):
    without = Settings(without_scopes=frozenset({"spark-admin:devices_write"}))
    async with Sandbox(without) as sandbox:
        async with terminal(tmp_path, here(sandbox, *ADDRESSES, *HIDDEN, APP[0]), "init") as screen:
            await screen.answers(*[("Keep it?", "")] * 4)
            line = await screen.sees("anyway?")
            assert "✗ spark-admin:devices_write is missing; needed for add phone" in line
            assert "authorize it again" in line
            await screen.types("y")
            await screen.answers(("Your email", "ada@acme.example"))
            await screen.ends()
        assert written(tmp_path)[APP[2]] == sandbox.env[APP[2]]


async def test_an_existing_file_is_changed_only_after_a_question(tmp_path):
    (tmp_path / ".env").write_text("# mine\nPROVBOT_LOG=json\nWEBEX_BOT_TOKEN=old\nOTHER=1\n")
    async with Sandbox() as sandbox:
        async with terminal(tmp_path, here(sandbox, *ADDRESSES), "init") as screen:
            await screen.answers(("Go on?", "n"))
            assert await screen.ends() == 2
        assert "WEBEX_BOT_TOKEN=old\n" in (tmp_path / ".env").read_text()
        async with terminal(tmp_path, here(sandbox, *ADDRESSES), "init") as screen:
            await screen.answers(("Go on?", "y"), ("WEBEX_BOT_TOKEN is set. Keep it?", "n"))
            await screen.answers(("Bot access token", sandbox.env["WEBEX_BOT_TOKEN"]))
            await answer_the_service_app(screen, sandbox)
            await screen.answers(("Your email", "ada@acme.example"))
            assert await screen.ends() == 0, screen.shown
        text = (tmp_path / ".env").read_text()
        assert text.startswith(
            f"# mine\nPROVBOT_LOG=json\nWEBEX_BOT_TOKEN={sandbox.env['WEBEX_BOT_TOKEN']}\nOTHER=1\n"
        )


async def test_a_second_run_keeps_everything_with_enter(tmp_path):
    async with Sandbox() as sandbox:
        first = ("init", "--yes")
        env = {**here(sandbox, *ADDRESSES, *HIDDEN, APP[0]), "PROVBOT_ADMINS": "ada@acme.example"}
        async with terminal(tmp_path, env, *first) as screen:
            assert await screen.ends() == 0, screen.shown
        before = (tmp_path / ".env").read_text()
        async with terminal(tmp_path, here(sandbox), "init") as screen:
            await screen.answers(("Go on?", ""), *[("Keep it?", "")] * 5)
            assert await screen.ends() == 0, screen.shown
            assert hides(screen, sandbox)
        assert (tmp_path / ".env").read_text() == before


async def test_a_fixed_access_token_is_enough_for_a_trial(tmp_path):
    async with Sandbox() as sandbox:
        service_app = sandbox.cloud.service_app
        token = sandbox.cloud.tokens.issue(
            "service_app", service_app.person_key, service_app.scopes
        )
        async with terminal(tmp_path, here(sandbox, *ADDRESSES), "init") as screen:
            await screen.answers(
                ("Bot access token", sandbox.env["WEBEX_BOT_TOKEN"]),
                ("Client ID (empty", ""),
                ("Access token of the service app", sandbox.env["WEBEX_BOT_TOKEN"]),
            )
            await screen.sees("This is the token of a bot")
            await screen.answers(
                ("anyway?", "n"),
                ("Client ID (empty", ""),
                ("Access token of the service app", token.value),
                ("Your email", "ada@acme.example"),
            )
            assert await screen.ends() == 0, screen.shown
            assert token.value not in screen.shown
        made = written(tmp_path)
        assert made["WEBEX_SERVICE_APP_ACCESS_TOKEN"] == token.value
        assert not made.keys() & set(APP)


async def test_a_trial_moves_to_the_service_app(tmp_path):
    access = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
    (tmp_path / ".env").write_text(f"{access}=fixed-one\nPROVBOT_ADMINS=ada@acme.example\n")
    async with Sandbox() as sandbox:
        env = here(sandbox, *ADDRESSES, "WEBEX_BOT_TOKEN") | {access: "fixed-one"}
        async with terminal(tmp_path, env, "init") as screen:
            await screen.answers(("Go on?", ""), ("Keep it?", ""), (f"{access} is set. Keep", "n"))
            await answer_the_service_app(screen, sandbox)
            await screen.answers(("PROVBOT_ADMINS is set. Keep it?", ""))
            await screen.sees(f"Type: unset {access}")
            await screen.ends()
        made = written(tmp_path)
        assert access not in made
        assert {name: made[name] for name in APP} == {name: sandbox.env[name] for name in APP}


async def test_a_newer_refresh_token_is_not_written_beside_the_file_of_the_old_one(tmp_path):
    async with Sandbox() as sandbox:
        app = sandbox.cloud.service_app
        access = sandbox.cloud.tokens.issue("service_app", app.person_key, app.scopes).value
        body = {"access_token": access, "expires_in": 3600, "refresh_token": "newer-one"}
        await sandbox.client.fault(
            method="POST", path="/access_token", times=1, status=200, body=body
        )
        (tmp_path / "refresh").write_text(sandbox.env[APP[2]])
        mounted = {f"{APP[2]}_FILE": "refresh", "PROVBOT_ADMINS": "ada@acme.example"}
        env = here(sandbox, *ADDRESSES, "WEBEX_BOT_TOKEN", *APP[:2]) | mounted
        async with terminal(tmp_path, env, "init", "--yes") as screen:
            await screen.sees("Webex replaced the refresh token")
            assert await screen.ends() == 0, screen.shown
            assert "both set" not in screen.shown
        made = written(tmp_path)
        assert APP[2] not in made
        assert made[f"{APP[2]}_FILE"] == "refresh"


async def test_a_typed_secret_replaces_its_file(tmp_path):
    async with Sandbox() as sandbox:
        (tmp_path / "bot").write_text("stale")
        (tmp_path / ".env").write_text("WEBEX_BOT_TOKEN_FILE=bot\n")
        env = here(sandbox, *ADDRESSES, *APP) | {"PROVBOT_ADMINS": "ada@acme.example"}
        async with terminal(tmp_path, env, "init") as screen:
            await screen.answers(("Go on?", ""), ("Keep it?", "n"))
            await screen.answers(("Bot access token", sandbox.env["WEBEX_BOT_TOKEN"]))
            await screen.answers(*[("Keep it?", "")] * 4)
            assert await screen.ends() == 0, screen.shown
        assert "WEBEX_BOT_TOKEN_FILE" not in written(tmp_path)


async def test_an_overriding_token_in_the_terminal_is_named(tmp_path):
    async with Sandbox() as sandbox:
        env = here(sandbox, *ADDRESSES, *APP) | {
            "WEBEX_BOT_TOKEN": "stale",
            "PROVBOT_ADMINS": "ada@acme.example",
        }
        async with terminal(tmp_path, env, "init") as screen:
            await screen.answers(("Keep it?", "y"), ("anyway?", "n"))
            await screen.answers(("Bot access token", sandbox.env["WEBEX_BOT_TOKEN"]))
            await screen.answers(*[("Keep it?", "y")] * 4)
            await screen.sees("Type: unset WEBEX_BOT_TOKEN")
            assert await screen.ends() == 1


@pytest.mark.parametrize("missing", ["WEBEX_BOT_TOKEN", APP[0], APP[2], "PROVBOT_ADMINS"])
async def test_yes_asks_nothing_and_names_a_missing_variable(tmp_path, missing):
    async with Sandbox() as sandbox:
        env = here(sandbox, *ADDRESSES, *HIDDEN, APP[0]) | {"PROVBOT_ADMINS": "ada@acme.example"}
        del env[missing]
        async with terminal(tmp_path, env, "init", "--yes") as screen:
            assert await screen.ends() == 2
            assert f"{missing} is not set" in screen.shown
        assert not (tmp_path / ".env").exists()


async def test_an_unreachable_or_untrusted_cloud_is_named(tmp_path, unused_tcp_port):
    async with Sandbox() as sandbox:
        for change, problem in (
            ({"WEBEX_API_URL": f"https://localhost:{unused_tcp_port}/v1"}, "cannot be reached"),
            ({"WEBEX_CA_FILE": ""}, "is not trusted"),
        ):
            env = here(sandbox, *ADDRESSES) | change
            async with terminal(tmp_path, env, "init") as screen:
                await screen.answers(("Bot access token", sandbox.env["WEBEX_BOT_TOKEN"]))
                await screen.sees(problem)


async def test_a_wrong_sandbox_address_is_named(tmp_path, unused_tcp_port):
    async with Sandbox() as sandbox:
        page = f"http://localhost:{unused_tcp_port}"
        async with terminal(tmp_path, here(sandbox), "init", "--sandbox", page) as screen:
            assert await screen.ends() == 2
            assert "There is no sandbox at" in screen.shown
