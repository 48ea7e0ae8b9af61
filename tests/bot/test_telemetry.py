"""Logs: ids instead of content, and no secret even by accident."""

import asyncio
import json
import logging

import pytest
import structlog
from pydantic import SecretStr
from stamina.instrumentation import RetryDetails

from bot.core import call_stats, logs, masking
from bot.core.errors import DatabaseUnavailable, RateLimited, Unavailable
from bot.core.logs import HIDDEN, SECRET_NAMES, hide, note_retry, redact, without_secrets
from bot.core.models.webex import ActivationCode
from bot.webex.client import FixedToken
from bot.webex.tokens import Credentials


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_a_field_that_could_hold_a_secret_loses_its_value(name):
    assert redact(None, "info", {name: "hunter2", "status": 200}) == {name: "***", "status": 200}


def test_a_secret_under_any_field_name_is_hidden():
    assert redact(None, "info", {"odd": SecretStr("hunter2")}) == {"odd": "***"}


@pytest.mark.parametrize(
    "name", ["password", "access_code", "token", "refresh_token", "text", "inputs"]
)
def test_typed_text_and_tokens_are_hidden(name):
    assert name in SECRET_NAMES


def test_a_line_is_json_with_time_and_logger_and_without_secrets(capsys):
    logs.configure("json")
    logs.get_logger("webex").info("call", status=200, password="hunter2")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["part"], line["level"], line["status"]) == (
        "call",
        "webex",
        "info",
        200,
    )
    assert line["password"] == "***"
    assert line["timestamp"].endswith("Z")


def test_libraries_log_nothing_below_a_warning(capsys):
    logs.configure("console")
    logging.getLogger("websockets.client").debug("> authorization: Bearer secret")
    logging.getLogger("httpx").info("GET https://x/?token=secret")
    assert capsys.readouterr().err == ""


def test_a_database_that_does_not_answer_is_a_line_without_traceback(capsys):
    logs.configure("json")
    for error in (DatabaseUnavailable("database is locked"), ValueError("odd")):
        try:
            raise error
        except (DatabaseUnavailable, ValueError):
            logs.get_logger("bot").exception("timer_failed")
    outage, defect = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (outage["level"], outage["reason"]) == ("warning", "database is locked")
    assert "exception" not in outage
    assert defect["level"] == "error"
    assert "ValueError: odd" in defect["exception"]


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_shows_no_local_variable(capsys, style):
    logs.configure(style)
    password = "hunter" + "2"
    try:
        int(password[:0])
    except ValueError:
        logs.get_logger("runner").exception("broke")
    output = capsys.readouterr().err
    assert "Traceback" in output
    assert "ValueError" in output
    assert "hunter2" not in output


TOKEN = (
    "NjYyYzRhZGUtMWQ5Yy00ZjFhLWE4ZGEtZTE1OTk5YWQ3MmI3ZjRmNTQ3ZWQt"
    "_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f"
)
SHAPES = (
    TOKEN,
    f"{'0a' * 32}_P0A1_1eb65fdf-9643-417f-9974-ad72cae0e10f",
    "Bearer opaque-4711-22",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP",
    "0123456789abcdef" * 4,
    "5414 0112 5617 9921",
    "5414011256179921",
    "5414-0112-5617-9921",
)


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize("around", ["{}", "asked with {} in it", "x={},", "'{}'"])
def test_text_with_the_shape_of_a_secret_is_hidden(secret, around):
    line = redact(None, "info", {"why": around.format(secret), "more": [{"deep": (secret,)}]})
    assert secret not in json.dumps(line)
    assert HIDDEN in line["why"]


@pytest.mark.parametrize(
    "plain",
    [
        # an id of the REST API
        "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvZjNkNTBjNTctZTY3Ni0xMWYxLWEyZGUtOTc1NTE1NTdjYTE2",
        "f3d50c57-1234-1234-1234-975515571234", "provbot_f3d50c57-1234-1234-1234-975515571234",
        "2026-11-22T16:39:36.825459Z", "D8:2E:3E:EF:4E:5C", "1763829576.825459",
    ],
)  # fmt: skip
def test_ids_and_times_are_not_hidden(plain):
    assert hide(plain) == plain


@pytest.mark.parametrize(
    "held",
    [
        FixedToken("hunter2"), Credentials("id", "hunter2", "hunter2"), SecretStr("hunter2"),
        ActivationCode(code="hunter2", expiry_time=""), {"password": "hunter2"},
        [SecretStr("hunter2")], ValueError(SecretStr("hunter2")),
    ],
)  # fmt: skip
def test_the_repr_of_an_object_with_a_secret_hides_it(held):
    assert "hunter2" not in json.dumps(without_secrets({"odd": held}))


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_secret_in_the_message_of_an_error_or_of_a_library_is_hidden(capsys, style):
    logs.configure(style)
    try:
        int(f"Bearer {TOKEN}")  # the error repeats it
    except ValueError:
        logs.get_logger("runner").exception("broke")
        logging.getLogger("websockets").warning("sent %s", TOKEN, exc_info=True)
    output = capsys.readouterr().err
    assert output.count("ValueError") >= 2
    assert "websockets" in output
    assert TOKEN not in output


def test_calls_are_logged_at_debug_level_only(capsys):
    logs.configure("json")
    logs.get_logger("webex").debug("call")
    assert capsys.readouterr().err == ""
    structlog.reset_defaults()
    logs.configure("json", "debug")
    logs.get_logger("webex").debug("call")
    assert json.loads(capsys.readouterr().err)["event"] == "call"


@pytest.mark.parametrize(
    ("problem", "limited"),
    [
        (Unavailable(503, "rosebud is down"), 0.0),
        (RateLimited(423, "rosebud", retry_after=7.0), 7.0),
    ],
)
def test_retries_are_logged_without_their_text(capsys, problem, limited):
    async def work() -> tuple[float, int]:
        mine = call_stats.begin("message")
        note_retry(RetryDetails("call", (), {}, 1, 7.0, 0.0, problem))
        return mine.limited.seconds, mine.retries

    assert asyncio.run(work()) == (limited, 1)
    shown = capsys.readouterr()
    assert "retry_scheduled" in shown.out + shown.err
    assert "rosebud" not in shown.out + shown.err


def test_what_waits_for_the_database_is_logged_once(capsys):
    logs.configure("json")
    problem = DatabaseUnavailable("Connection refused")
    for number in (1, 2, 3):
        note_retry(RetryDetails("database", (), {}, number, 2.0, 0.0, problem))
    line = json.loads(capsys.readouterr().err)
    assert (line["what"], line["reason"]) == ("database", "DatabaseUnavailable")


@pytest.mark.parametrize("style", ["json", "console"])
def test_secrets_of_the_current_request_are_masked_in_the_log(capsys, style):
    logs.configure(style)
    with masking.during(["7391-blue"]):
        logs.get_logger("x").warning("said 7391-BLUE", words="code 7391-blue", ids=["7391%2Dblue"])
        logging.getLogger("library").warning("7391-blue")
    output = capsys.readouterr().err
    assert "7391" not in output
    assert output.count("***") >= 4
