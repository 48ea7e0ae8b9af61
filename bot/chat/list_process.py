"""`python -m bot.chat.list_process`: reads one list from its input, and writes it as JSON."""

from bot.chat import limited_process

TOO_COSTLY = (
    "The list takes too much time or memory to read. Nothing was changed. Please copy the rows that"
    " you need into a new file, save it as CSV, and send that one."
)


def _read(options: limited_process.Options, content: bytes) -> bytes:
    """The JSON that `transfer.load_list` reads."""
    # The imports take most of the time of a short list.
    from bot.domain.lists.transfer import read_and_dump

    return read_and_dump(options, content)


if __name__ == "__main__":
    limited_process.main(_read, TOO_COSTLY)
