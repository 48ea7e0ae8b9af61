"""What a client shows for a card's text: markdown-it, which Adaptive Cards' own renderer uses."""

from markdown_it import MarkdownIt

_READER = MarkdownIt("commonmark").enable("strikethrough")
_WORDS = {"text", "softbreak"}


def shown(text: str) -> str | None:
    """The words a person reads; None if any of them is marked up."""
    blocks = [token for token in _READER.parse(text) if not token.hidden]
    if [block.type for block in blocks] not in (
        [],
        ["paragraph_open", "inline", "paragraph_close"],
    ):
        return None
    children = [child for block in blocks for child in block.children or ()]
    if any(child.type not in _WORDS for child in children):
        return None
    return "".join("\n" if child.type == "softbreak" else child.content for child in children)
