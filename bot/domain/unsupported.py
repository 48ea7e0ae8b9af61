"""What Webex for Government lacks of what provbot does. This table is the only place that knows it.

A command names the feature that it needs (`ChatCommand.feature`); help, forms, plans and
`provbot doctor` ask here. Facts: docs/webex/provisioning.md §9.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Feature(StrEnum):
    """A part of Webex that a cloud may lack, as in `without …`."""

    DECT = "DECT"
    THIRD_PARTY_DETAILS = "the SIP details of third-party phones"


@dataclass(frozen=True)
class Gap:
    """A missing feature, and the sentence about it in forms and plans."""

    feature: Feature
    sentence: str

    @property
    def note(self) -> str:
        """A few words behind the name of a command."""
        return "not in Webex for Government"

    def refusal(self, status: int) -> str:
        """The sentence about a change that Webex refused with this status: nothing can help."""
        return (
            f"Webex refused it ({status}): {self.feature} is not available in Webex for Government."
            " Nothing was changed."
        )


GAPS: Mapping[Feature, Gap] = {
    gap.feature: gap
    for gap in (
        Gap(
            Feature.DECT,
            "Cisco lists DECT as not supported in Webex for Government. Webex may refuse.",
        ),
        Gap(
            Feature.THIRD_PARTY_DETAILS,
            "The API of Webex for Government does not give the SIP user name, line and proxy of a"
            " third-party phone. Please look them up in Control Hub.",
        ),
    )
}


def gap(feature: Feature | None, *, government: bool) -> Gap | None:
    """Return what is missing for a feature in this cloud; None if it is there."""
    return GAPS.get(feature) if feature and government else None


def warnings(feature: Feature | None, *, government: bool) -> tuple[str, ...]:
    """Return the sentence for a plan that needs the feature; none if it is there."""
    missing = gap(feature, government=government)
    return (missing.sentence,) if missing else ()
