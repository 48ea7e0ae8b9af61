"""Logs: ids instead of content, and no secret even by accident."""

import json
import logging

import pytest
import structlog
from pydantic import SecretStr

from bot import telemetry
from bot.telemetry import SECRET_NAMES, redact


@pytest.fixture
def afresh():
    """The process's logging as it was, afterwards."""
    before, ours = (logging.root.level, logging.root.handlers[:]), structlog.get_config()
    yield
    structlog.configure(**ours)
    logging.root.setLevel(before[0])
    logging.root.handlers[:] = before[1]


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_a_field_that_could_hold_a_secret_loses_its_value(name):
    assert redact(None, "info", {name: "hunter2", "status": 200}) == {name: "***", "status": 200}


def test_a_secret_loses_its_value_whatever_it_is_called():
    assert redact(None, "info", {"odd": SecretStr("hunter2")}) == {"odd": "***"}


@pytest.mark.parametrize(
    "name", ["password", "access_code", "token", "refresh_token", "text", "inputs"]
)
def test_what_people_type_and_tokens_are_among_them(name):
    assert name in SECRET_NAMES


@pytest.mark.usefixtures("afresh")
def test_a_line_is_json_with_time_and_part_and_without_secrets(capsys):
    telemetry.configure("json")
    telemetry.get_logger("webex").info("call", status=200, password="hunter2")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["part"], line["level"], line["status"]) == ("call", "webex", "info", 200)  # fmt: skip
    assert line["password"] == "***"
    assert line["timestamp"].endswith("Z")


@pytest.mark.usefixtures("afresh")
def test_libraries_say_nothing_below_a_warning(capsys):
    telemetry.configure("console")
    logging.getLogger("websockets.client").debug("> authorization: Bearer secret")
    logging.getLogger("httpx").info("GET https://x/?token=secret")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_shows_no_local_variable(capsys, style):
    telemetry.configure(style)
    password = "hunter" + "2"
    try:
        int(password[:0])
    except ValueError:
        telemetry.get_logger("runner").exception("broke")
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "ValueError" in said
    assert "hunter2" not in said
