"""Scenarios: a seed, settings, and timed faults in one TOML file (docs/sandbox.md)."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_type_hints

from sandbox.faults import FaultRegistry
from sandbox.faults.parser import FaultSpec, activate_fault, parse_fault
from sandbox.faults.validation import COUNT, FLAG, POSITIVE, SECONDS, TEXTS, InvalidDefinition, Rule
from sandbox.settings import Settings

HERE: Final = Path(__file__).parent
ORIGIN: Final = "scenario"
SECONDS_OR_NEVER: Final = Rule(
    lambda value: value is False or SECONDS.fits(value), "a number of seconds, or false for never"
)

# A scenario does not set where the sandbox runs; its seed is outside its settings.
NOT_ITS_OWN: Final = frozenset({"host", "port", "page_port", "state_dir", "scenario", "seed"})
_RULES: Final[Mapping[Any, Rule]] = {
    bool: FLAG,
    int: COUNT,
    float: SECONDS,
    float | None: SECONDS_OR_NEVER,
    int | None: SECONDS_OR_NEVER,
    frozenset[str]: TEXTS,
}
# The settings of a scenario and their allowed values. TOML has no null: false means never.
SETTINGS: Final[Mapping[str, Rule]] = {
    name: _RULES[kind] for name, kind in get_type_hints(Settings).items() if name not in NOT_ITS_OWN
} | {"page_cap": POSITIVE}
# These are only read once, when the sandbox starts.
AT_START_ONLY: Final = frozenset(
    {"refresh_token_s", "without_scopes"} | {name for name in SETTINGS if name.startswith("kept_")}
)


@dataclass(frozen=True)
class Scenario:
    """The validated content of a file. ``description`` is one sentence."""

    name: str
    title: str
    description: str
    seed: int | None
    settings: Mapping[str, Any]
    fault_specs: tuple[FaultSpec, ...]


def known() -> list[Scenario]:
    """Return the built-in scenarios, which can be started by name."""
    return [load(path.stem) for path in sorted(HERE.glob("*.toml"))]


def load(name: str) -> Scenario:
    """Load a scenario by name or path; raises InvalidDefinition with place and reason."""
    path = HERE / f"{name}.toml" if name.isidentifier() else Path(name)
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        names = ", ".join(file.stem for file in sorted(HERE.glob("*.toml")))
        reason = error.strerror or "it cannot be read"
        raise InvalidDefinition(
            f"Scenario {name}: {reason}. Available by name: {names}."
        ) from error
    except UnicodeError as error:
        raise InvalidDefinition(f"{path} is not UTF-8 text.") from error
    return read(text, path.stem, str(path) if path.parent != HERE else path.name)


def read(text: str, name: str, place: str) -> Scenario:
    """Parse a scenario from the text of its file."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDefinition(f"{place} is not TOML: {error}.") from error
    return scenario_of(values, name, place)


def scenario_of(values: Mapping[str, Any], name: str, place: str) -> Scenario:
    """Parse a scenario from its values, as TOML or JSON deliver them."""
    unknown = sorted(values.keys() - {"title", "says", "seed", "settings", "fault"})
    if unknown:
        raise InvalidDefinition(f"{place}: a scenario has no '{unknown[0]}'.")
    seed = values.get("seed")
    if seed is not None and not COUNT.fits(seed):
        raise InvalidDefinition(f"{place}: 'seed' must be {COUNT.description}, not {seed!r}.")
    return Scenario(
        name=name,
        title=str(values.get("title", name)),
        description=str(values.get("says", "")),
        seed=seed,
        settings=_settings(values.get("settings", {}), place),
        fault_specs=tuple(_fault_specs(values.get("fault", []), place)),
    )


def _settings(values: Any, place: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise InvalidDefinition(f"{place}: 'settings' must be a table.")
    for name, value in values.items():
        rule = SETTINGS.get(name)
        if rule is None:
            raise InvalidDefinition(f"{place}, settings: a scenario cannot set '{name}'.")
        if not rule.fits(value):
            raise InvalidDefinition(
                f"{place}, settings: '{name}' must be {rule.description}, not {value!r}."
            )
    return {name: _setting(name, value) for name, value in values.items()}


def _setting(name: str, value: Any) -> Any:
    if SETTINGS[name] is SECONDS_OR_NEVER and value is False:
        return None
    return frozenset(value) if isinstance(value, list) else value


def _fault_specs(values: Any, place: str) -> Iterable[FaultSpec]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise InvalidDefinition(f"{place}: 'fault' must be a list of tables, written [[fault]].")
    previous = 0.0
    for number, fault in enumerate(values, 1):
        spec = parse_fault(fault, f"{place}, fault {number}", previous)
        previous = spec.at
        yield spec


def settings_with(settings: Settings, scenario: Scenario) -> Settings:
    """Return the settings, overridden by those of the scenario."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return Settings(**values | dict(scenario.settings))


def begin(scenario: Scenario, faults: FaultRegistry, start: datetime, seed: int) -> None:
    """Put its faults in force from ``start`` on; they replace those of an earlier scenario."""
    faults.remove_origin(ORIGIN)
    faults.reseed(seed if scenario.seed is None else scenario.seed)
    for spec in scenario.fault_specs:
        activate_fault(spec, faults, start, ORIGIN)
