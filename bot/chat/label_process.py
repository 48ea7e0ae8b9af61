"""`python -m bot.chat.label_process`: finds the codes in one picture, and writes them as JSON."""

from bot.chat import limited_process

TOO_COSTLY = (
    "The picture takes too much time or memory to read. Nothing was changed. Please cut out the"
    " label, or take a smaller picture, and send that one."
)


def _read(options: limited_process.Options, content: bytes) -> bytes:
    """The JSON that `transfer.load_codes` reads."""
    from bot.domain.labels.transfer import find_and_dump

    return find_and_dump(options, content)


if __name__ == "__main__":
    limited_process.main(_read, TOO_COSTLY)
