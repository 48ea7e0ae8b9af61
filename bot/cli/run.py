"""`provbot run`, without the modules that only the other commands need (docs/performance.md)."""

from bot.cli import exit_status
from bot.core import config, logs
from bot.service import lifecycle


def main() -> None:
    """Run the bot as the only command of this process."""
    with exit_status.explained():
        config.complete_proxies()
        run()


def run() -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    lifecycle.prepare()
    settings = config.load()
    logs.configure(settings.log, settings.log_level)
    lifecycle.run(settings)
