"""What a person says in a message, as clients send it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message_text import MAX_LENGTH, MessageText, spoken_text
from bot.webex.messaging import public_id

PUBLIC = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9iMGIw"
UUID = "b0b0b0b0-0001-4000-8000-00000000b0b0"
ME = frozenset({PUBLIC, UUID})
ANN = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9hMTFh"
VERA_UUID = "a0a0a0a0-0001-4000-8000-00000000a0a0"
EVERYBODY = 'data-object-type="groupMention" data-group-type="all"'


def mention(who: str, label: str) -> str:
    """As Webex writes it (messaging.md §3.5)."""
    return (
        f'<spark-mention data-object-type="person" data-object-id="{who}">{label}</spark-mention>'
    )


def message_text(html: str) -> MessageText:
    """What such a message says."""
    return spoken_text({"html": html, "text": "unused"}, ME)


def text_of(html: str) -> str:
    """The text of it."""
    return message_text(html).text


def typed(text: str) -> str:
    """The text of a message without formatting."""
    return spoken_text({"text": text}, ME).text


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


@pytest.mark.parametrize(
    ("who", "person"), [(ANN, ANN), (VERA_UUID, public_id("PEOPLE", VERA_UUID))]
)
def test_a_mention_of_a_person_is_that_person(who, person):
    html = f"<p>{mention(UUID, 'Bot')} add phone for {mention(who, 'Ann <b>Alder</b>')}</p>"
    text = message_text(html)
    assert text.text == f"add phone for PEOPLE:{person}"
    assert text.shown == "add phone for Ann Alder"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("{ann}", "PEOPLE:{id}"),
        ("for{ann}8865", "for PEOPLE:{id} 8865"),
        ("for {ann}, 8865", "for PEOPLE:{id}, 8865"),
        ("{ann}'s phone", "PEOPLE:{id}'s phone"),
        ("{ann} {ann}", "PEOPLE:{id} PEOPLE:{id}"),
        ("{ann}=x", "PEOPLE:{id} =x"),
    ],
)
def test_the_id_of_a_person_does_not_grow_into_the_text_around_it(html, text):
    html = f"<p>{html.format(ann=mention(ANN, 'Ann'))}</p>"
    assert text_of(html) == text.format(id=ANN)


@pytest.mark.parametrize("who", ["", "me", "../me", "a b"])
def test_a_mention_of_nobody_known_is_its_label(who):
    assert text_of(f"<p>for {mention(who, 'Ann Alder')} 8865</p>") == "for Ann Alder 8865"


def test_a_mention_without_a_name_is_shown_without_its_id():
    assert message_text(f"for {mention(ANN, '')}").shown == "for that person"


def test_only_people_who_are_mentioned_have_names():
    assert message_text(f"PEOPLE:nobody {mention(ANN, 'Ann')}").shown == "PEOPLE:nobody Ann"


def test_a_mention_of_everybody_is_removed():
    assert text_of(f"<p><spark-mention {EVERYBODY}>All</spark-mention> help</p>") == "help"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"{mention(UUID, 'Bot')} devices R&D", "devices R&D"),
        (f"{mention(UUID, 'Bot')} devices R&amp;D", "devices R&D"),
        (f"<p>{mention(UUID, 'Bot')} devices &lt;lobby&gt;</p>", "devices <lobby>"),
        (f"<p>{mention(UUID, 'Bot')} devices <strong>lob</strong>by</p>", "devices lobby"),
        (f"{mention(UUID, 'Bot')}devices", "devices"),
        (f"<p>{mention(UUID, 'Bot')} devices 1 < 2", "devices 1 < 2"),
        ('<p>for <a href="mailto:ann@x.example">ann@x.example</a></p>', "for ann@x.example"),
        ("<p><code>devices lobby</code></p>", "devices lobby"),
        ("<p>devices&nbsp;lobby</p>", "devices lobby"),
    ],
)
def test_html_becomes_text(html, text):
    assert text_of(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<p>tag A b<br>tag C d</p>",
        "<p>tag A b<br/>tag C d</p>",
        "<p>tag A b</p><p>tag C d</p>",
        "<div>tag A b</div><div>tag C d</div>",
        "<ul><li>tag A b</li><li>tag C d</li></ul>",
        "<p>tag A b</p><pre><code>tag C d\n</code></pre>",
        "<h2>tag A b</h2>tag C d",
        f"<p>{mention(UUID, 'Bot')}</p><p>tag A b\n\n  tag C d</p>",
    ],
)
def test_lines_are_kept(html):
    assert text_of(html) == "tag A b\ntag C d"


def test_lines_of_a_plain_message_are_kept():
    assert typed("tag A b\r\n\n  tag  C d \n") == "tag A b\ntag C d"
    assert typed("tag A b\u2028tag C d") == "tag A b\ntag C d"


def test_a_row_of_a_table_is_a_line_with_its_cells_apart():
    row = "<tr><td>001122334455</td><td>8865</td><td>Bob Keller</td></tr>"
    expected = "001122334455\t8865\tBob Keller"
    assert text_of(f"<table><tbody>{row}{row}</tbody></table>") == f"{expected}\n{expected}"
    assert typed(f"{expected}\n{expected}") == f"{expected}\n{expected}"


def test_an_empty_cell_is_kept():
    empty = "<tr><td></td><td>8865</td><td></td><td>Bob  Keller</td><td></td></tr>"
    assert text_of(f"add phones<table>{empty}</table>") == "add phones\n\t8865\t\tBob Keller"
    assert typed("add phones\n\t8865\t \tBob  Keller\t\n\t\t\n") == (
        "add phones\n\t8865\t\tBob Keller"
    )


@pytest.mark.parametrize(
    "html",
    [
        f"<blockquote>delete device 1</blockquote><p>{mention(UUID, 'Bot')} help</p>",
        "<blockquote>a<blockquote>b</blockquote>c</blockquote>help",
        f"help<blockquote>for {mention(ANN, 'Ann')}</blockquote></blockquote>",
        "<p>&gt; delete device 1</p><p>help</p>",
    ],
)
def test_quoted_text_is_not_speech(html):
    assert text_of(html) == "help"
    assert message_text(html).labels == {}


def test_quoted_lines_of_a_plain_message_are_not_speech():
    assert typed("> delete device 1\n >> or 2\nhelp") == "help"
    assert typed("rename 1 > 2") == "rename 1 > 2"


def test_the_fence_of_a_block_of_code_is_not_speech():
    assert typed("```text\ntag A b\n```") == "tag A b"


@pytest.mark.parametrize(
    "message", [{}, {"text": None}, {"text": ""}, {"html": None, "files": ["x"]}, {"html": 7}]
)
def test_a_message_without_text_is_empty(message):
    assert spoken_text(message, ME) == MessageText()


def test_a_mention_alone_is_empty():
    assert text_of(f"<p>{mention(UUID, 'Bot')}</p>") == ""


@given(st.text())
def test_any_text_beside_a_mention_is_kept(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert text_of(f"<p>{mention(UUID, 'Bot')}</p><p>{escaped}</p>") == typed(text)


@given(st.text(st.sampled_from("<>&;/ab\"'=spark-mention!?[]"), max_size=60))
def test_no_html_raises_an_exception(html):
    assert isinstance(text_of(f"{mention(UUID, 'Bot')}{html}"), str)


def test_the_longest_message_is_kept_within_bounds():
    assert len(text_of(f"{mention(UUID, 'Bot')}{'x' * 1_000_000}")) <= MAX_LENGTH
    assert len(text_of(mention(ANN, "x" * 1_000_000))) <= MAX_LENGTH
