"""From the codes of a picture to labels: which MACs belong to one device, and its model. Pure.

A wrong model or MAC costs more than a missing one, which the form asks for. So a model belongs to
a device only if nothing else in the picture could be its model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, permutations
from math import hypot

from bot.core.models.mac_text import show_mac
from bot.domain.labels.code_text import CodeFacts, read_code
from bot.domain.labels.codes import MAX_CODES, MAX_TEXTS, Code
from bot.domain.language.model_name import ModelName, read_model_name

_ADAPTER = "ATA"
_NEIGHBOURS = 3  # MACs of one device are that close: its ports, or its port and its radio
_MOST_COMPARED = 5  # labels with different models: 120 ways to tell which model is whose


@dataclass(frozen=True)
class Label:
    """One device: its MACs as twelve upper-case hex digits, and its model as it is encoded.

    With several MACs, a person must choose: an ATA has one for each port. The model is empty if it
    is not certain.
    """

    macs: tuple[str, ...]
    model: str = ""


@dataclass(frozen=True)
class LabelReading:
    """What the codes of a picture tell.

    `model` is the only one in the picture: for a form, if no label has a MAC or a model. `doubtful`
    are numbers that may be MACs or something else. `codes` is the number of codes that were read,
    `serials` that of different serial numbers, `photos` that of the pictures.
    """

    labels: tuple[Label, ...] = ()
    model: str = ""
    doubtful: tuple[str, ...] = ()
    codes: int = 0
    serials: int = 0
    photos: int = 1

    @property
    def needs_choice(self) -> bool:
        """Whether it is one device with several MACs."""
        return len(self.labels) == 1 and len(self.labels[0].macs) > 1

    @property
    def is_list(self) -> bool:
        """Whether there are several devices."""
        return len(self.labels) > 1

    @property
    def is_incomplete(self) -> bool:
        """Whether there are more devices in the picture than those whose MAC was read."""
        return 0 < len(self.labels) < self.serials

    @property
    def lines(self) -> str:
        """The labels as lines that `add phones` reads; both MACs of a device in one line.

        A line with two MACs is wrong until somebody deletes one: nobody else can choose.
        """
        return "\n".join(
            " ".join(filter(None, (*map(show_mac, label.macs), label.model)))
            for label in self.labels
        )


@dataclass(frozen=True)
class _LabelCode:
    """A code with its facts."""

    source: Code
    facts: CodeFacts

    @property
    def place(self) -> tuple[float, float]:
        return self.source.x, self.source.y


def read_labels(codes: Sequence[Code]) -> LabelReading:
    """The labels in a picture, in reading order."""
    label_codes = _in_reading_order(_read(codes))
    macs = _macs(label_codes)
    product_codes = [code for code in label_codes if code.facts.models and not _has_any(code, macs)]
    models = _products(chain.from_iterable(code.facts.models for code in label_codes))
    devices = _devices(macs, label_codes, models)
    labels = [Label(device, _own_model(device, label_codes)) for device in devices]
    # With more serial numbers, one of them may belong to a label without a MAC.
    if len(_serials(label_codes)) <= len(labels):
        labels = _with_models(labels, product_codes, label_codes)
    doubtful = chain.from_iterable(code.facts.doubtful for code in label_codes)
    return LabelReading(
        tuple(labels),
        models[0] if len(models) == 1 else "",
        tuple(dict.fromkeys(digits for digits in doubtful if digits not in macs)),
        len(label_codes),
        len(_serials(label_codes)),
    )


def merge_readings(readings: Sequence[LabelReading]) -> LabelReading:
    """What several pictures tell together; each device once, and the pictures as they came."""
    labels: dict[tuple[str, ...], Label] = {}
    for label in chain.from_iterable(reading.labels for reading in readings):
        known = labels.get(label.macs)
        labels[label.macs] = known if known and known.model else label
    models = _products(filter(None, (reading.model for reading in readings)))
    unread = sum(
        reading.serials - len(reading.labels) for reading in readings if reading.is_incomplete
    )
    return LabelReading(
        tuple(labels.values()),
        models[0] if len(models) == 1 else "",
        tuple(_unique(chain.from_iterable(reading.doubtful for reading in readings))),
        sum(reading.codes for reading in readings),
        len(labels) + unread,
        len(readings),
    )


def _read(codes: Sequence[Code]) -> list[_LabelCode]:
    """The facts of the codes, as long as they have no more text than a picture of labels."""
    label_codes, length = [], 0
    for code in codes[:MAX_CODES]:
        length += len(code.text)
        if length <= MAX_TEXTS:
            label_codes.append(_LabelCode(code, read_code(code.text)))
    return label_codes


def _in_reading_order(label_codes: list[_LabelCode]) -> list[_LabelCode]:
    """By lines, as codes beside one another differ a little in height."""
    heights = [code.place[1] for code in label_codes]
    line = (max(heights, default=0) - min(heights, default=0)) / 8 or 1
    return sorted(label_codes, key=lambda code: (round(code.place[1] / line), code.place[0]))


def _macs(label_codes: Sequence[_LabelCode]) -> list[str]:
    """The different MACs; those of Wi-Fi and Bluetooth only if there are no others."""
    wired = _unique(digits for code in label_codes for digits in code.facts.macs)
    radio = _unique(digits for code in label_codes for digits in code.facts.radio_macs)
    return (wired or radio)[:MAX_CODES]


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _serials(label_codes: Sequence[_LabelCode]) -> set[str]:
    return {serial for code in label_codes for serial in code.facts.serials}


def _has_any(code: _LabelCode, macs: Iterable[str]) -> bool:
    return not {*code.facts.macs, *code.facts.radio_macs}.isdisjoint(macs)


def _devices(
    macs: Sequence[str], label_codes: Sequence[_LabelCode], models: Sequence[str]
) -> list[tuple[str, ...]]:
    """The MACs of each device."""
    serials = _serials(label_codes)
    pairs = [tuple(code.facts.macs) for code in label_codes if _is_pair(code.facts)]
    if len(serials) < len(macs):  # else each has a label of its own
        pairs += _neighbours(macs)
        if len(macs) == 2 and len(serials) < 2 and _are_adapters(models):
            pairs.append(tuple(macs))
    devices: list[tuple[str, ...]] = []
    for mac in macs:
        pair = next((pair for pair in pairs if mac in pair), (mac,))
        if not any(mac in device for device in devices):
            devices.append(pair)
    return devices


def _is_pair(facts: CodeFacts) -> bool:
    """Whether one code has the two MACs of one device."""
    return len(facts.macs) == 2 and len(facts.serials) < 2


def _neighbours(macs: Sequence[str]) -> list[tuple[str, ...]]:
    """Pairs of MACs that follow one another; more than two are devices from one carton."""
    numbers = sorted(macs)
    chains: list[list[str]] = []
    for mac in numbers:
        if chains and int(mac, 16) - int(chains[-1][-1], 16) <= _NEIGHBOURS:
            chains[-1].append(mac)
        else:
            chains.append([mac])
    return [tuple(pair) for pair in chains if len(pair) == 2]


def _are_adapters(models: Sequence[str]) -> bool:
    return bool(models) and all(read_model_name(model).family == _ADAPTER for model in models)


def _products(models: Iterable[str]) -> list[str]:
    """The different products; of the texts for one product the longest, which tells most."""
    texts: dict[tuple[str, str, str], str] = {}
    for model in models:
        key = _product(read_model_name(model))
        texts[key] = max(texts.get(key, ""), model, key=len)
    return list(texts.values())


def _product(name: ModelName) -> tuple[str, str, str]:
    return name.family, name.number, name.variant


def _own_model(macs: Sequence[str], label_codes: Sequence[_LabelCode]) -> str:
    """The model that stands in the same code as a MAC of the device; empty if codes disagree."""
    codes = [code for code in label_codes if _has_any(code, macs)]
    models = _products(chain.from_iterable(code.facts.models for code in codes))
    return models[0] if len(models) == 1 else ""


def _with_models(
    labels: list[Label], product_codes: Sequence[_LabelCode], label_codes: Sequence[_LabelCode]
) -> list[Label]:
    """The labels with the models of codes that have no MAC."""
    without = [label for label in labels if not label.model]
    models = _products(chain.from_iterable(code.facts.models for code in product_codes))
    if not without or not models:
        return labels
    if len(models) == 1 and (len(labels) == 1 or len(product_codes) >= len(without)):
        own = dict.fromkeys((label.macs for label in without), models[0])
    else:
        own = _by_place(without, product_codes, label_codes)
    return [Label(label.macs, label.model or own.get(label.macs, "")) for label in labels]


def _by_place(
    labels: Sequence[Label], product_codes: Sequence[_LabelCode], label_codes: Sequence[_LabelCode]
) -> dict[tuple[str, ...], str]:
    """Which model is whose, if the distances and the directions of the codes say the same.

    On labels below each other, a MAC may be closer to the model of the next label. But then the
    directions differ, as labels of one kind look alike.
    """
    if not len(labels) == len(product_codes) <= _MOST_COMPARED or len(labels) < 2:
        return {}
    places = [
        next(code.place for code in label_codes if _has_any(code, label.macs)) for label in labels
    ]
    ways = list(permutations(product_codes))
    closest = min(ways, key=lambda way: sum(map(_distance, places, _places(way))))
    most_alike = min(ways, key=lambda way: _spread(places, _places(way)))
    if _texts(closest) != _texts(most_alike):
        return {}
    return {
        label.macs: _products(code.facts.models)[0]
        for label, code in zip(labels, closest, strict=True)
        if len(_products(code.facts.models)) == 1
    }


def _places(codes: Iterable[_LabelCode]) -> list[tuple[float, float]]:
    return [code.place for code in codes]


def _texts(codes: Iterable[_LabelCode]) -> list[str]:
    return [code.source.text for code in codes]


def _distance(start: tuple[float, float], end: tuple[float, float]) -> float:
    return hypot(start[0] - end[0], start[1] - end[1])


def _spread(starts: Sequence[tuple[float, float]], ends: Sequence[tuple[float, float]]) -> float:
    """How much the directions from starts to ends differ from each other."""
    steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in zip(starts, ends, strict=True)]
    mean = (sum(x for x, _ in steps) / len(steps), sum(y for _, y in steps) / len(steps))
    return sum(_distance(step, mean) for step in steps)
