"""`provbot policy`, `requests` and `audit`: on a real file, without any token."""

import csv
import getpass
import io
import json
import resource
import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.audit import moment
from bot.cli.app import app
from bot.core.models.people import Grant, Place, Role, Sender
from bot.requests import allowlist
from bot.store import approvals, audit, requests
from bot.store import steps as steps_table
from bot.store.sql import Database, transaction
from bot.store.sqlite import connect
from tests.bot.requests.step_examples import step

TOM = Sender("id-tom", "tom@example.com")
ANA = Sender("id-ana", "ana@example.com")
PLAN = {
    "title": "Delete the Cisco 8845 of Ann",
    "facts": [["MAC", "00:00:5E:00:53:01"], ["Tags", ""]],
    "warnings": ["The phone is reset."],
}
NOON = 1_763_812_800.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of this test is."""
    return tmp_path / "provbot.db"


@pytest.fixture
def provbot(path, tmp_path, monkeypatch):
    """Runs `provbot ARGUMENTS`; `policy` is the text of a policy file."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, policy: str | bytes | None = None) -> Result:
        env = {"PROVBOT_DATABASE": str(path)}
        if policy is not None:
            file = tmp_path / "policy.toml"
            file.write_bytes(policy if isinstance(policy, bytes) else policy.encode())
            env["PROVBOT_POLICY"] = str(file)
        return CliRunner(env=env).invoke(app, arguments)

    return run


@pytest.fixture
def db(path):
    """The file, as the bot writes it."""
    opened = connect(path)
    yield opened
    opened.close()


def asked(db: Database, event: str, now: float = NOON) -> str:
    """The code of a request."""
    place = Place("room", direct=True)
    made = requests.create(
        db, operation="delete device", event_id=event, requester=TOM, place=place, now=now
    )
    return made.code


def append_entries(db: Database, number: int) -> None:
    """Some entries."""
    for index in range(number):
        audit.append(db, at=moment(NOON + index), actor=TOM, action=f"step {index}")


def test_without_a_file_the_built_in_policy_is_shown(provbot):
    done = provbot("policy")
    assert done.exit_code == 0
    assert "1 × approver, within 4 h" in done.stdout


def test_the_policy_file_is_shown(provbot):
    done = provbot("policy", policy='["delete device"]\napprovers = 2\napprove_by_minutes = 30\n')
    assert done.exit_code == 0
    assert "2 × approver, within 30 min" in done.stdout


@pytest.mark.parametrize("command", ["policy", "run"])
@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ('[tag]\nviewer = "maybe"\n', "policy.toml, line 2: viewer must be do, ask or deny"),
        ("[tag\n", "policy.toml: Expected"),
        (b"\xff\xfe", "policy.toml cannot be read: 'utf-8' codec"),
    ],
)
def test_a_faulty_policy_is_reported_with_exit_status_2(
    provbot, monkeypatch, command, policy, problem
):
    for name in ("WEBEX_BOT_TOKEN", "WEBEX_SERVICE_APP_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "x")
    done = provbot(command, policy=policy)
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr
    assert "Traceback" not in done.output


def test_a_missing_policy_file_is_named(provbot, monkeypatch):
    monkeypatch.setenv("PROVBOT_POLICY", "nowhere.toml")
    done = provbot("policy")
    assert done.exit_code == 2
    assert "PROVBOT_POLICY: nowhere.toml cannot be read" in done.stderr


def test_requests_are_listed_oldest_first(provbot, db):
    later, first = asked(db, "b", NOON + 60), asked(db, "a")
    lines = provbot("requests", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [first, later]
    assert lines[0].split() == [
        first,
        "draft",
        "2025-11-22",
        "12:00",
        "tom@example.com",
        "delete",
        "device",
    ]


def test_requests_can_be_listed_by_state(provbot, db):
    waiting, _draft = asked(db, "a"), asked(db, "b")
    row = requests.find_or_fail(db, waiting)
    requests.change(db, row, by=TOM.email, now=NOON, state="waiting", plan=PLAN)
    done = provbot("requests", "list", "--state", "waiting")
    assert done.stdout.split("  ")[0] == waiting
    assert done.stdout.rstrip().endswith(PLAN["title"])
    assert provbot("requests", "list", "--state", "done").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("requests", "list", "--state", "bogus"), "“bogus” is not one of: draft, waiting"),
        (("audit", "export", "--format", "bogus"), "“bogus” is not one of: jsonl, csv"),
        (("access", "add", "a@b.c", "bogus"), "'ROLE': “bogus” is not one of: viewer"),
        (("access", "remove", "a@b.c", "bogus"), "'ROLE': “bogus” is not one of: viewer"),
    ],
)
def test_an_unknown_choice_is_answered_with_the_known_ones(provbot, arguments, problem):
    done = provbot(*arguments)
    assert done.exit_code == 2
    assert problem in done.stderr
    assert "Value error" not in done.stderr


def test_a_request_is_shown_with_its_plan_and_decisions(provbot, db):
    code = asked(db, "a")
    row = requests.find_or_fail(db, code)
    values = {"state": "rejected", "plan": PLAN, "outcome": {"title": "Nothing was changed."}}
    requests.change(db, row, by=ANA.email, now=NOON + 90, reason="It is broken.", **values)
    approvals.decide(db, code, ANA, verdict="reject", reason="not mine", now=NOON + 90)
    done = provbot("requests", "show", code.lower())
    assert done.exit_code == 0
    assert [line.split(maxsplit=1) for line in done.stdout.splitlines()] == [
        ["request", code],
        ["state", "rejected (ana@example.com, 2025-11-22T12:01:30.000Z)"],
        ["asked", "by     tom@example.com, 2025-11-22T12:00:00.000Z"],
        ["what", PLAN["title"]],
        ["why", "It is broken."],
        ["MAC", "00:00:5E:00:53:01"],
        ["warning", "The phone is reset."],
        ["outcome", "Nothing was changed."],
        ["reject", "ana@example.com 2025-11-22T12:01:30.000Z not mine"],
        ["time", "Asked on 22 November 2025 at 12:00 UTC"],
    ]


def test_the_steps_of_a_request_are_shown_with_what_came_of_them(provbot, db):
    code = asked(db, "a")
    steps_table.create(db, code, [step(n).model_dump(mode="json") for n in (1, 2, 3)], NOON)
    first, second, third = steps_table.of(db, code)
    steps_table.change(db, first, now=NOON + 1, state="done", attempts=2)
    failed = {"reason": "The MAC is taken.", "reference": "Webex 400 · tracking id T-1"}
    steps_table.change(db, second, now=NOON + 2, state="failed", attempts=1, **failed)
    steps_table.change(db, third, now=NOON + 2, state="skipped")
    lines = provbot("requests", "show", code).stdout.splitlines()
    at = "on 22 November 2025 at 12:00 UTC"
    assert [line for line in lines if line.startswith("step ")] == [
        f"step         1. Delete the old phone · done {at} · sent 2 times",
        f"step         2. Add the new phone · not done {at} · The MAC is taken. · "
        "Webex 400 · tracking id T-1",
        "step         3. Change its tags · not begun",
    ]


def test_a_request_without_a_plan_is_shown_too(provbot, db):
    code = asked(db, "a")
    assert "what         delete device\n" in provbot("requests", "show", code).stdout


def test_an_unknown_request_is_an_error(provbot, db):
    done = provbot("requests", "show", "ZZZZ")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "There is no request ZZZZ." in done.stderr


def test_an_intact_trail_is_reported_as_intact(provbot, db):
    append_entries(db, 3)
    done = provbot("audit", "verify")
    assert (done.exit_code, done.stdout) == (0, "The audit trail is intact: 3 entries.\n")


def test_a_manipulated_trail_is_an_error_that_names_the_entry(provbot, db):
    append_entries(db, 3)
    db.execute("drop trigger audit_no_update")
    db.execute("update audit set actor = 'eve@example.com' where seq = 2")
    db.conn.commit()
    done = provbot("audit", "verify")
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "Entry 2 (2025-11-22T12:00:01.000Z, eve@example.com, step 1) was edited"
    )


@pytest.mark.parametrize(
    ("since", "steps"),
    [
        ("", 3),
        ("2025-11-22", 3),
        ("2025-11-22T12:00:01", 2),
        ("2025-11-22T12:00:02.000Z", 1),
        ("2025-11-23", 0),
        ("2025-11-22T13:00:01+01:00", 2),
        ("2025-11-22 12:00:02", 1),
        ("20251122", 3),
    ],
)
def test_the_trail_is_exported_since_a_time(provbot, db, since, steps):
    append_entries(db, 3)
    lines = provbot("audit", "export", "--since", since).stdout.splitlines()
    assert [json.loads(line)["action"] for line in lines] == [
        f"step {3 - steps + n}" for n in range(steps)
    ]


@pytest.mark.parametrize("since", ["yesterday", "22.11.2025", "2025-13-01", "2025"])
def test_an_invalid_time_is_refused(provbot, db, since):
    append_entries(db, 3)
    done = provbot("audit", "export", "--since", since)
    assert (done.exit_code, done.stdout) == (2, "")
    output = " ".join(done.output.replace("│", " ").split())
    assert (
        f"“{since}” is not a date or time such as 2026-11-20 or 2026-11-20T09:00 (UTC)." in output
    )


def test_the_trail_is_exported_as_csv(provbot, db):
    append_entries(db, 2)
    rows = list(csv.DictReader(io.StringIO(provbot("audit", "export", "--format", "csv").stdout)))
    assert [(row["seq"], row["actor"], row["action"]) for row in rows] == [
        ("1", TOM.email, "step 0"),
        ("2", TOM.email, "step 1"),
    ]
    assert provbot("audit", "export", "--format", "xml").exit_code == 2


def test_roles_granted_in_the_shell_are_in_the_trail(provbot, db):
    provbot("access", "add", "ann@example.com", "technician", "--location", "Lyon")
    provbot("access", "add", "ann@example.com", "technician", "--location", "Lyon")
    provbot("access", "remove", "ann@example.com", "technician")
    shell = f"shell:{getpass.getuser()}"
    assert [
        (entry.actor, entry.action, json.loads(entry.detail)) for entry in audit.entries(db)
    ] == [
        (shell, action, {"who": "ann@example.com", "role": "technician", "location": "Lyon"})
        for action in ("granted", "revoked")
    ]


def test_the_last_admin_cannot_be_removed_in_the_shell(provbot, db):
    allowlist.add(db, Grant("ada@example.com", Role.ADMIN), TOM, request="", now=NOON)
    db.conn.commit()
    done = provbot("access", "remove", "ada@example.com")
    assert done.exit_code == 1
    assert "ada@example.com is the last admin" in done.stderr
    assert "ada@example.com" in provbot("access", "list").stdout
    assert [entry.action for entry in audit.entries(db)] == ["granted"]


LOOKING = [
    ["requests", "list"],
    ["requests", "show", "7K3F"],
    ["audit", "verify"],
    ["audit", "export"],
    ["access", "list"],
]


def looked(path: Path, command: list[str]) -> Result:
    """The end of a command that only looks; there is no such request."""
    return CliRunner().invoke(app, command, env={"PROVBOT_DATABASE": str(path)})


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A database with somebody on the list, which nobody has open."""
    path = tmp_path / "kept.db"
    with closing(connect(path)) as db, transaction(db):
        allowlist.add(db, Grant(TOM.email, Role.ADMIN), ANA, request="", now=1.0)
    return path


def is_well(path: Path, command: list[str]) -> bool:
    """Whether the command tells what the database holds."""
    done = looked(path, command)
    expected = {"list": 0, "verify": 0, "export": 0, "show": 1}[command[1]]
    trouble = "cannot be used" in done.output or "full" in done.output
    return done.exit_code == expected and not trouble


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_reading_does_not_wait_for_a_writer(kept: Path, command: list[str], lock: str):
    with closing(sqlite3.connect(kept)) as other:
        other.execute(lock)
        assert is_well(kept, command)


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
@pytest.mark.parametrize("in_use", [False, True])
def test_reading_works_on_a_full_disk(kept: Path, command: list[str], in_use: bool):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(connect(kept)) if in_use else nullcontext():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # as on a full disk
        try:
            assert is_well(kept, command)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
