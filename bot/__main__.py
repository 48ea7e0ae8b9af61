"""`python -m bot` is `provbot`."""

from bot.cli import app

app()
