"""Tags as people type them: `+lobby -old`."""

import re

FORMAT_HINT = "Write +tag to add and -tag to remove, for example: +lobby -old."
TAGS_MISSING = f"Which tags? {FORMAT_HINT}"  # another sentence: no tags are not wrong ones
REMOVAL_UNCERTAIN = (
    "Removing a tag replaces the whole list of tags."
    " A tag that somebody adds in Control Hub at the same moment may be lost."
)
BOTH_WAYS = "The same tag cannot be added and removed at once."


def read_tags(text: str) -> str:
    """The tags, each once. ValueError with a sentence if they are not well formed."""
    parts = re.split(r"[\s,]+", text.strip())
    if not all(re.fullmatch(r"[+-][^\s,+-][^\s,]{0,63}", part) for part in parts):
        raise ValueError(FORMAT_HINT)
    check_signs(parts)
    return " ".join(dict.fromkeys(parts))


def check_signs(tags: list[str]) -> None:
    """ValueError with a sentence if a tag is to be added and removed."""
    added = {tag[1:] for tag in tags if tag[0] == "+"}
    if added & {tag[1:] for tag in tags if tag[0] == "-"}:
        raise ValueError(BOTH_WAYS)
