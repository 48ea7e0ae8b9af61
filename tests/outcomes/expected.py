"""What is not as good as it should be, each with the reason."""

from dataclasses import dataclass

from tests.outcomes.journeys import Journey
from tests.outcomes.run import Case


@dataclass(frozen=True)
class Expected:
    """Such cases may break the judgement that begins with `judgement`, for this `reason`."""

    judgement: str
    journey: str  # empty: any
    call: str
    faults: frozenset[str]
    reason: str
    done: bool | None = None  # whether Webex did what was asked; None: either way
    lasting: bool | None = None

    def covers(self, journey: Journey, case: Case) -> bool:
        """Whether it speaks of that case."""
        fault = case.fault
        return (
            self.journey in ("", journey.name)
            and self.call == f"{case.call.token}: {case.call}"
            and fault.name in self.faults
            and self.done in (None, fault.done)
            and self.lasting in (None, fault.lasting)
        )


EXPECTED = (
    Expected(
        "a line stands",
        "activation code, in a space",
        "bot: POST messages",
        frozenset({"500", "502", "503", "empty", "HTML", "{}", "truncated"}),
        "In a group space a bot cannot list what it said itself, so a line whose id was lost with"
        " the answer stays.",
        done=True,
    ),
    Expected(
        "a line stands",
        "approval space",
        "bot: POST messages",
        frozenset({"500", "502", "503", "empty", "HTML", "{}", "truncated"}),
        "The same: it is chosen in the group space.",
        done=True,
    ),
    Expected(
        "the process ended",
        "start",
        "bot: GET people/me",
        frozenset({"401"}),
        "A token that is refused for a minute is dead for all that anybody can tell: the process"
        " ends with status 3.",
        lasting=True,
    ),
    Expected(
        "the process ended",
        "",
        "bot: every call",
        frozenset({"401"}),
        "The same: it is asked who we are, and the answer is 401 each time.",
    ),
)


def unexpected(journey: Journey, case: Case, wrong: list[str]) -> list[str]:
    """The judgements that nobody expects."""
    ends = [expectation for expectation in EXPECTED if expectation.covers(journey, case)]
    if any(expectation.judgement == "the process ended" for expectation in ends):
        return []  # nothing works after that
    return [
        judgement
        for judgement in wrong
        if not any(judgement.startswith(expectation.judgement) for expectation in ends)
    ]
