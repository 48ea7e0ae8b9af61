"""Markdown becomes the html that Webex shows, and html becomes plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.markdown import to_html
from sandbox.message_html import plain_text, sanitised


def mention(kind: str, value: str, label: str) -> str:
    return f"[{kind} {value} {label}]"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("**bold** and __bold__", "<p><strong>bold</strong> and <strong>bold</strong></p>"),
        ("*it* and _it_", "<p><em>it</em> and <em>it</em></p>"),
        ("snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"),
        ("`a *b* <c>`", "<p><code>a *b* &lt;c&gt;</code></p>"),
        ("[docs](https://a.example/x_y_z)", '<p><a href="https://a.example/x_y_z">docs</a></p>'),
        ("<https://a.example>", '<p><a href="https://a.example">https://a.example</a></p>'),
        ("a <b> & c", "<p>a &lt;b&gt; &amp; c</p>"),
        ("one\ntwo\n\nthree", "<p>one<br/>two</p><p>three</p>"),
        ("# Title", "<h1>Title</h1>"),
        ("- a\n- **b**", "<ul><li>a</li><li><strong>b</strong></li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> quoted\n> more", "<blockquote><p>quoted<br/>more</p></blockquote>"),
        ("```\na < b\n```\nafter", "<pre><code>a &lt; b\n</code></pre><p>after</p>"),
        ("```\nnever closed", "<pre><code>never closed\n</code></pre>"),
        ("\\*not\\*", "<p>*not*</p>"),
        ("hi <@personEmail:a@b.example|Ann>", "<p>hi [personEmail a@b.example Ann]</p>"),
        ("<@all> hi", "<p>[all  ] hi</p>"),
    ],
)
def test_the_documented_subset_is_rendered(markdown: str, html: str):
    assert to_html(markdown, mention) == html


@given(st.text(alphabet="ab*_`[]()<>@#>-1.\n |\\~:\x02\x030", max_size=60))
def test_no_text_breaks_the_renderer_or_leaks_a_tag(text: str):
    html = to_html(text, lambda *_found: "")

    assert "\x02" not in sanitised(html)
    assert "<script" not in html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>fine</p>", "<p>fine</p>"),
        ("<script>alert(1)</script>x", "x"),
        ('<a href="javascript:x" onclick="y">z</a>', "<a>z</a>"),
        ('<a href="https://a.example">z</a>', '<a href="https://a.example">z</a>'),
        ('<img src="x" onerror="y">t', "t"),
        ('<p style="x">&lt;b&gt;</p>', "<p>&lt;b&gt;</p>"),
    ],
)
def test_html_keeps_only_what_is_allowed(html: str, clean: str):
    assert sanitised(html) == clean


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a<br/>b &amp; c", "a\nb & c"),
        ('<p><spark-mention data-object-id="x">Ann</spark-mention> hi</p>', "Ann hi"),
    ],
)
def test_plain_text_has_a_line_for_each_block(html: str, text: str):
    assert plain_text(html) == text
