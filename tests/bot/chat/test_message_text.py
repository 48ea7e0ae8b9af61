"""What a person wrote, without the mention of the bot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message_text import MAX_LENGTH, plain_text

PUBLIC = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9iMGIw"
UUID = "b0b0b0b0-0001-4000-8000-00000000b0b0"
ME = frozenset({PUBLIC, UUID})
ANN = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9hMTFh"


def mention(who: str, label: str) -> str:
    """As Webex writes it (messaging.md §3.5)."""
    return (
        f'<spark-mention data-object-type="person" data-object-id="{who}">{label}</spark-mention>'
    )


def text_of(html: str, text: str = "unused") -> str:
    """What is left of such a message."""
    return plain_text({"html": html, "text": text}, ME)


@pytest.mark.parametrize("who", [PUBLIC, UUID])
@pytest.mark.parametrize("label", ["Ops Bot", "Ops", "devices", "Das Bötchen"])
def test_a_mention_is_removed_by_its_id_not_its_label(who, label):
    assert text_of(f"<p>{mention(who, label)} devices lobby</p>") == "devices lobby"


def test_mentions_are_removed_anywhere():
    html = f"<p>devices {mention(UUID, 'Bot')} lobby {mention(PUBLIC, 'Bot')}</p>"
    assert text_of(html) == "devices lobby"


def test_a_name_inside_a_word_is_kept():
    # The bot is called AI: stripping by name would leave "mntn".
    assert text_of(f"<p>{mention(UUID, 'AI')} device AI maintain</p>") == "device AI maintain"


def test_mentions_of_other_people_are_kept_as_text():
    html = f"<p>{mention(UUID, 'Bot')} add phone for {mention(ANN, 'Ann Alder')}</p>"
    assert text_of(html) == "add phone for Ann Alder"


def test_a_mention_of_everybody_is_kept():
    everybody = 'data-object-type="groupMention" data-group-type="all"'
    html = f"<p><spark-mention {everybody}>All</spark-mention> help</p>"
    assert text_of(html) == "All help"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"{mention(UUID, 'Bot')} devices R&D", "devices R&D"),
        (f"{mention(UUID, 'Bot')} devices R&amp;D", "devices R&D"),
        (f"<p>{mention(UUID, 'Bot')} devices &lt;lobby&gt;</p>", "devices <lobby>"),
        (f"<p>{mention(UUID, 'Bot')} devices <strong>lob</strong>by</p>", "devices lobby"),
        (f"<p>{mention(UUID, 'Bot')}</p><p>devices<br/>lobby</p>", "devices lobby"),
        (f"{mention(UUID, 'Bot')}devices", "devices"),
        (f"<p>{mention(UUID, 'Bot')} devices 1 < 2", "devices 1 < 2"),
    ],
)
def test_html_becomes_text(html, text):
    assert text_of(html) == text


def test_a_direct_message_is_its_text():
    assert plain_text({"text": "add phone\n 8865"}, ME) == "add phone 8865"


def test_html_without_a_mention_is_not_needed():
    assert text_of("<p><b>devices</b></p>", text="devices") == "devices"


@pytest.mark.parametrize(
    "message", [{}, {"text": None}, {"text": ""}, {"html": None, "files": ["x"]}]
)
def test_a_message_without_text_is_empty(message):
    assert plain_text(message, ME) == ""


def test_a_mention_alone_is_empty():
    assert text_of(f"<p>{mention(UUID, 'Bot')}</p>") == ""


@given(st.text())
def test_any_text_beside_a_mention_is_kept(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = plain_text({"text": text}, ME)
    assert text_of(f"<p>{mention(UUID, 'Bot')} {escaped}</p>") == plain


@given(st.text(st.sampled_from("<>&;/ab\"'=spark-mention!?[]"), max_size=60))
def test_no_html_raises_an_exception(html):
    assert isinstance(text_of(f"{mention(UUID, 'Bot')}{html}"), str)


def test_the_longest_message_is_kept_within_bounds():
    assert len(text_of(f"{mention(UUID, 'Bot')}{'x' * 1_000_000}")) <= MAX_LENGTH
