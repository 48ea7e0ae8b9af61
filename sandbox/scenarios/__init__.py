"""Scenarios: a seed, settings, and faults with their moments, in one TOML file (docs/sandbox.md)."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_type_hints

from sandbox.faults import Faults
from sandbox.faults.orders import Order, place_order, read_order
from sandbox.faults.rules import COUNT, FLAG, FROM_ONE, SECONDS, TEXTS, Rule, Wrong
from sandbox.settings import Settings

HERE: Final = Path(__file__).parent
ORIGIN: Final = "scenario"
SECONDS_OR_NEVER: Final = Rule(
    lambda value: value is False or SECONDS.fits(value), "a number of seconds, or false for never"
)

# Where it runs is not for a scenario to say; its seed stands above its settings.
NOT_ITS_OWN: Final = frozenset({"host", "port", "page_port", "state_dir", "scenario", "seed"})
_RULES: Final[Mapping[Any, Rule]] = {
    bool: FLAG,
    int: COUNT,
    float: SECONDS,
    float | None: SECONDS_OR_NEVER,
    int | None: SECONDS_OR_NEVER,
    frozenset[str]: TEXTS,
}
# What a scenario may set, and what it may hold there. TOML has no null: false says never.
SETTINGS: Final[Mapping[str, Rule]] = {
    name: _RULES[kind] for name, kind in get_type_hints(Settings).items() if name not in NOT_ITS_OWN
} | {"page_cap": FROM_ONE}
# These are looked at once, when the sandbox starts.
AT_START_ONLY: Final = frozenset(
    {"refresh_token_s", "without_scopes"} | {name for name in SETTINGS if name.startswith("kept_")}
)


@dataclass(frozen=True)
class Scenario:
    """What a file says, checked. ``says`` is a sentence for whoever chooses among several."""

    name: str
    title: str
    says: str
    seed: int | None
    settings: Mapping[str, Any]
    orders: tuple[Order, ...]


def known() -> list[Scenario]:
    """Those that come along, which can be had by name."""
    return [load(path.stem) for path in sorted(HERE.glob("*.toml"))]


def load(name: str) -> Scenario:
    """A scenario by name, or by the path of its file; raises Wrong with the place and the reason."""
    path = HERE / f"{name}.toml" if name.isidentifier() else Path(name)
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        names = ", ".join(one.stem for one in sorted(HERE.glob("*.toml")))
        reason = error.strerror or "it cannot be read"
        raise Wrong(f"Scenario {name}: {reason}. By name there are: {names}.") from error
    except UnicodeError as error:
        raise Wrong(f"{path} is not a text in UTF-8.") from error
    return read(text, path.stem, str(path) if path.parent != HERE else path.name)


def read(text: str, name: str, place: str) -> Scenario:
    """A scenario from the text of its file."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"{place} is not TOML: {error}.") from error
    return scenario_of(values, name, place)


def scenario_of(values: Mapping[str, Any], name: str, place: str) -> Scenario:
    """A scenario from its values, as TOML or JSON deliver them."""
    unknown = sorted(values.keys() - {"title", "says", "seed", "settings", "fault"})
    if unknown:
        raise Wrong(f"{place}: a scenario has no '{unknown[0]}'.")
    seed = values.get("seed")
    if seed is not None and not COUNT.fits(seed):
        raise Wrong(f"{place}: 'seed' must be {COUNT.words}, not {seed!r}.")
    return Scenario(
        name=name,
        title=str(values.get("title", name)),
        says=str(values.get("says", "")),
        seed=seed,
        settings=_settings(values.get("settings", {}), place),
        orders=tuple(_orders(values.get("fault", []), place)),
    )


def _settings(values: Any, place: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise Wrong(f"{place}: 'settings' must be a table.")
    for name, value in values.items():
        rule = SETTINGS.get(name)
        if rule is None:
            raise Wrong(f"{place}, settings: a scenario cannot set '{name}'.")
        if not rule.fits(value):
            raise Wrong(f"{place}, settings: '{name}' must be {rule.words}, not {value!r}.")
    return {name: _setting(name, value) for name, value in values.items()}


def _setting(name: str, value: Any) -> Any:
    if SETTINGS[name] is SECONDS_OR_NEVER and value is False:
        return None
    return frozenset(value) if isinstance(value, list) else value


def _orders(values: Any, place: str) -> Iterable[Order]:
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise Wrong(f"{place}: 'fault' must be a list of tables, written [[fault]].")
    previous = 0.0
    for number, one in enumerate(values, 1):
        order = read_order(one, f"{place}, fault {number}", previous)
        previous = order.at
        yield order


def settings_with(settings: Settings, scenario: Scenario) -> Settings:
    """The settings with what the scenario sets, which has the last word."""
    own = {one.name: getattr(settings, one.name) for one in fields(settings)}
    return Settings(**own | dict(scenario.settings))


def begin(scenario: Scenario, faults: Faults, start: datetime, seed: int) -> None:
    """Put its faults in force from ``start`` on, in place of those of any scenario before."""
    faults.remove_of(ORIGIN)
    faults.reseed(seed if scenario.seed is None else scenario.seed)
    for order in scenario.orders:
        place_order(order, faults, start, ORIGIN)
