"""Times as a person reads them: by the clock of their zone, with its name beside the time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

# A name of the IANA database. `posix/` and `right/` hold the same zones, the latter with leap
# seconds; the other two are the zone of this machine and a placeholder.
_NAME = re.compile(r"(?!posix/|right/|localtime$|Factory$)[A-Za-z][\w+-]*(/[\w+-]+){0,2}", re.ASCII)
_MAX_NAME = 64  # characters


def zone_named(name: object) -> ZoneInfo | None:
    """The zone with that name, such as `Europe/Berlin`; None if there is none.

    Names come from outside and become names of files, so only the form of zone names is looked up.
    """
    if not isinstance(name, str) or len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a folder, another file, or nothing
        return None


def unix_time(text: str) -> float | None:
    """A time of Webex in ISO 8601, in Unix seconds; None if it cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
        in_utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return in_utc.timestamp()
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class LocalTime:
    """The zone of a reader, and the time at which they read in Unix seconds."""

    zone: tzinfo
    now: float

    def show(self, at: float) -> str:
        """A time in Unix seconds: `16:27 CEST`, `tomorrow 09:10 CET`, `2 December, 09:10 CET`."""
        day, clock = self._parts(at)
        if not day:
            return clock
        return f"{day} {clock}" if day in _NEAR.values() else f"{day}, {clock}"

    def phrase(self, at: float) -> str:
        """The same in a sentence: `at 16:27 CEST`, `yesterday at 09:10 CET`, `on 2 December …`."""
        day, clock = self._parts(at)
        if not day:
            return f"at {clock}"
        return f"{day} at {clock}" if day in _NEAR.values() else f"on {day} at {clock}"

    def show_iso(self, text: str, *, for_file: bool = False) -> str:
        """The same for a time of Webex in ISO 8601; any other text stays as it is.

        `for_file`: always with day and year, as a file is read later: `2 December 2026, 09:10 CET`.
        """
        try:
            moment = _moment(text)
            if for_file:
                local = moment.astimezone(self.zone)
                return f"{local.day} {local:%B %Y}, {local:%H:%M} {_zone_name(local)}"
            return self.show(moment.timestamp())
        except (ValueError, OverflowError):
            return text

    def since_iso(self, text: str) -> float | None:
        """The seconds since a time of Webex in ISO 8601; None for any other text."""
        try:
            return self.now - _moment(text).timestamp()
        except (ValueError, OverflowError):
            return None

    def _parts(self, at: float) -> tuple[str, str]:
        """The day, empty for today, and the time of day."""
        moment = datetime.fromtimestamp(at, self.zone)
        today = datetime.fromtimestamp(self.now, self.zone).date()
        date = moment.date()
        year = "" if date.year == today.year else f" {date.year}"
        day = "" if date == today else _NEAR.get(date - today, f"{date.day} {date:%B}{year}")
        return day, f"{moment:%H:%M} {_zone_name(moment)}"


def _moment(text: str) -> datetime:
    """A time of Webex in ISO 8601, which is in UTC unless it says otherwise."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_NEAR = {timedelta(days=1): "tomorrow", timedelta(days=-1): "yesterday"}


def utc(now: float) -> LocalTime:
    """For readers whose zone nobody knows."""
    return LocalTime(UTC, now)


def _zone_name(moment: datetime) -> str:
    """`CEST`; for zones without an abbreviation the place, `(Sao Paulo)`, or `UTC+3`."""
    abbreviation = moment.tzname() or ""
    if abbreviation.isalpha():
        return abbreviation
    area, _, place = str(getattr(moment.tzinfo, "key", "")).rpartition("/")
    if area and area != "Etc":  # names such as Etc/GMT+3 have the wrong sign for most people
        return f"({place.replace('_', ' ')})"
    return f"UTC{_offset(moment.utcoffset() or timedelta())}"


def _offset(offset: timedelta) -> str:
    """`+3`, `-3:30`."""
    sign = "-" if offset < timedelta() else "+"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{sign}{hours}:{minutes:02}" if minutes else f"{sign}{hours}"
