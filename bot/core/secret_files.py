"""Secrets in files, as container platforms mount them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.core.errors import ConfigError


def secrets(names: Iterable[str], variables: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the secrets that variables such as NAME_FILE name, by the name of the secret."""
    in_files: dict[str, Any] = {}
    for name in names:
        in_files |= _secret(name, variables)
    return in_files


def _secret(name: str, variables: Mapping[str, str | None]) -> dict[str, Any]:
    path = variables.get(f"{name}_FILE")
    if path and variables.get(name):
        raise ConfigError(f"{name} and {name}_FILE are both set. Keep one of them.")
    return {name: _content(f"{name}_FILE", Path(path))} if path else {}


def _content(variable: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):  # `from None`, because the cause would repeat the bytes
        raise ConfigError(f"{variable}: the file {path} cannot be read.") from None
    if not text:
        raise ConfigError(f"{variable}: the file {path} is empty.")
    return text
