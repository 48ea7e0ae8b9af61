"""Writing `.env`."""

import stat
from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot.setup import env_file

TEXT = """# mine
export PROXY=1

WEBEX_BOT_TOKEN=old  # a remark
OTHER="two
lines"
WEBEX_BOT_TOKEN=older"""


def test_values_are_replaced_where_they_stood_or_added_and_the_rest_is_kept():
    made = env_file.merged(TEXT, {"WEBEX_BOT_TOKEN": "new", "PROVBOT_KEY": "abc="})
    assert made == (
        '# mine\nexport PROXY=1\n\nWEBEX_BOT_TOKEN=new\nOTHER="two\nlines"\nPROVBOT_KEY=abc=\n'
    )


def test_conflicting_lines_are_removed_anywhere_in_the_file():
    made = env_file.merged(TEXT, {"OTHER": "1"}, {"WEBEX_BOT_TOKEN"})
    assert made == "# mine\nexport PROXY=1\n\nOTHER=1\n"


def test_nothing_to_set_changes_nothing():
    assert env_file.merged(TEXT + "\n", {}) == TEXT + "\n"
    assert env_file.merged("", {}) == ""


@given(
    st.text(
        st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_characters="\x7f\x85\xa0$")
    )
)
def test_written_values_are_read_back(value):
    made = env_file.merged("A=1\n", {"B": value})
    assert dotenv_values(stream=StringIO(made)) == {"A": "1", "B": value}


def test_only_the_owner_can_read_the_file(tmp_path):
    file = tmp_path / ".env"
    file.write_text("old")
    file.chmod(0o644)
    env_file.write(file, "new\n")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new\n", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_leaves_nothing(tmp_path):
    file = tmp_path / ".env"
    file.mkdir()
    with pytest.raises(OSError, match="directory"):
        env_file.write(file, "new\n")
    assert list(tmp_path.iterdir()) == [file]
