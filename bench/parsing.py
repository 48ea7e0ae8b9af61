"""Benchmark: how long it takes to understand a message, without Webex."""

import time
from dataclasses import dataclass
from statistics import median

from bot.operations import PARSER

ROUNDS = 200
MESSAGES = (
    "help",
    "thanks!",
    "6C5E3BA0B1C2",
    "devices for Erin",
    "add phone D8:2E:3E:EF:4E:5C 8865 for ann@example.com",
    "please add a new phone for Bob Keller, it's an 8865, mac d8 2e 3e ef 4e 5c",
    "add phone PID: CP-8865-K9 , VID: V08 , SN: FCH2145D1AB, MAC: 6C5E3BA0B1C2 for bob@example.com",
    "neues Telefon für Bob Keller 8865 D82E3EEF4E5C",
    "ad phnoe 6C5E3BA0B1C2 8865 for bob@example.com",
    "reject 7K3F because the phone is still in use on the second floor",
    "the printer is on fire again, can somebody please come and look at it before noon",
)


@dataclass(frozen=True)
class Parsing:
    """Seconds for one message: of the median message, and of the slowest."""

    median: float
    slowest: float


def parsing() -> Parsing:
    """Understand each message many times, and take the median for each."""
    times = []
    for message in MESSAGES:
        PARSER.parse_all(message)  # the tables are made at the first use
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            PARSER.parse_all(message)
            took.append(time.perf_counter() - began)
        times.append(median(took))
    return Parsing(median(times), max(times))
