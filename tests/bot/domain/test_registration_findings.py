"""What pages prove that could not be read as a whole."""

from bot.core.models.followed import FollowedDevice
from bot.core.models.webex import DevicePage
from bot.domain.registration_findings import Look, RunningLook
from bot.domain.registration_reads import LookMemory, Read, ReadKind, next_read
from tests.bot.domain.followed_devices import ANN, BOB, NOW, code, phone, record

WINDOW = 3600.0
TWO = [phone(1, BOB), phone(2, ANN)]


def took(memory: LookMemory, page: DevicePage, waiting: list[FollowedDevice]) -> Look:
    """A page of all devices was read."""
    looking = RunningLook(memory, waiting, waiting, NOW + 3, NOW + 4)
    return looking.succeeded(Read(ReadKind.PAGE), page)


def test_a_list_that_is_cut_is_not_read_again():
    memory = LookMemory()

    look = took(memory, DevicePage(devices=(record(1),), is_cut=True), TWO)

    assert [sighting.device for sighting in look.sightings] == [TWO[0]]
    assert memory.looked_at(TWO[1]) is None
    read = next_read([*TWO[1:], phone(3, BOB)], memory, NOW + 60, WINDOW)
    assert read is not None
    assert read.kind is ReadKind.OWNER


def test_rows_that_cannot_be_read_may_be_what_is_missing():
    memory, waiting = LookMemory(), [phone(1), code()]
    page = DevicePage(devices=(record(1, status="disconnected"),), has_unreadable=True)

    look = took(memory, page, waiting)

    assert memory.looked_at(waiting[0]) == NOW + 3  # this one was there
    assert memory.looked_at(waiting[1]) is None
    assert (look.sightings, look.known) == ([], {})
    assert next_read(waiting, memory, NOW + 5, WINDOW) is None  # not at once


def test_devices_of_all_pages_are_looked_at_together():
    memory, waiting = LookMemory(), [phone(1), phone(2), phone(3)]
    first = DevicePage(devices=(record(1), record(2, status="disconnected")), next_link="page 2")

    look = took(memory, first, waiting)
    assert [sighting.device for sighting in look.sightings] == waiting[:1]
    assert memory.looked_at(waiting[2]) is None
    took(memory, DevicePage(), waiting[1:])

    assert memory.looked_at(waiting[2]) == NOW + 3
    assert (memory.pages, memory.knows_pages, memory.cycle) == (2, True, None)


def test_links_that_lead_in_a_circle_end():
    memory = LookMemory()
    for link in ("page 2", "page 3", "page 2"):
        took(memory, DevicePage(next_link=link), TWO)

    assert memory.cycle is None
    assert memory.looked_at(TWO[0]) is None
    read = next_read(TWO, memory, NOW + 60, WINDOW)
    assert read is not None
    assert read.kind is ReadKind.OWNER


def test_what_was_added_while_pages_were_read_is_looked_at_next_time():
    memory, later = LookMemory(), phone(3, since=NOW + 20)
    took(memory, DevicePage(next_link="page 2"), [phone(1), later])

    took(memory, DevicePage(), [phone(1), later])

    assert memory.looked_at(phone(1)) is not None
    assert memory.looked_at(later) is None


def test_a_list_whose_page_fails_begins_again():
    memory = LookMemory()
    took(memory, DevicePage(next_link="page 2"), TWO)

    RunningLook(memory, TWO, TWO, NOW + 6, NOW + 7).failed(Read(ReadKind.PAGE), is_missing=False)

    assert memory.cycle is None
    read = next_read(TWO, memory, NOW + 9, WINDOW)
    assert read is not None
    assert read.kind is ReadKind.OWNER  # meanwhile, by owner
