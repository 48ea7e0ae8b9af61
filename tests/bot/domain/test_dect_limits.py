"""What a DECT network takes, and names and codes that can be used in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.core.models.dect import MAX_HANDSET_NAME, DectModel, DectNetwork
from bot.core.models.text import fold
from bot.domain import dect_limits
from bot.domain.dect_limits import Limits

HALL = DectNetwork(
    id="n1", name="Hall", model="DMS Cisco DBS110", location_id="l1",
    base_stations=0, lines=28, access_code=SecretStr("0042"),
)  # fmt: skip
CAMPUS = HALL.model_copy(
    update={"id": "n2", "name": "Campus", "model": "Cisco DECT 210 Base", "access_code": None}
)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (dect_limits.check_name, ["x", "x" * 40], ["", "x" * 41]),
        (dect_limits.check_display_name, ["", "x" * 11], ["x" * 12]),
        (dect_limits.check_access_code, ["0000", "1234"], ["", "123", "12345", "12a4", "١٢٣٤"]),
    ],
)
def test_lengths_and_codes_are_checked(check, good, bad):
    assert [check(text) for text in good] == good
    for text in bad:
        with pytest.raises(ValueError, match=r"character|digits"):
            check(text)


@pytest.mark.parametrize("name", ["DMS Cisco DBS110", "Cisco DECT 110 Base", "dbs-110", "110"])
def test_a_model_is_known_by_each_of_its_names(name):
    assert dect_limits.known_model(name) == dect_limits.check_model(name) == "DBS110"


def test_cisco_s_pages_count_for_known_models_and_the_list_for_others():
    listed = [
        DectModel(model="DMS Cisco DBS110", display_name="", base_stations=2, lines=20),
        DectModel(model="DMS Cisco DBS999", display_name="Base 999", base_stations=9, lines=90),
        DectModel(model="DMS Cisco DBS998", display_name=""),
    ]
    assert dect_limits.limits_of("DMS Cisco DBS110", listed) == Limits(1, 30)
    assert dect_limits.limits_of("Cisco DECT 210 Base") == Limits(250, 1000)
    assert dect_limits.limits_of("Base 999", listed) == Limits(9, 90)
    assert dect_limits.limits_of("DMS Cisco DBS998", listed) is None


@pytest.mark.parametrize(
    ("network", "more", "said"),
    [
        (HALL, {"base_stations": 1, "lines": 2}, []),
        (HALL, {"lines": 3}, ["of DBS110, for 30 lines at most, and this row would make 31."]),
        (
            HALL,
            {"base_stations": 2},
            ["for 1 base station at most, and this row would make 2."],
        ),
        (HALL, {"base_stations": 2, "lines": 9}, ["1 base station", "30 lines"]),
        (HALL.model_copy(update={"lines": None}), {"lines": 99}, []),
        (HALL.model_copy(update={"lines": 31}), {"base_stations": 1}, []),
        (HALL.model_copy(update={"model": "Cisco 999"}), {"lines": 9999}, []),
        (CAMPUS, {"base_stations": 250, "lines": 972}, []),
        (
            CAMPUS,
            {"base_stations": 251, "lines": 973},
            ["250 base stations", "would make 1001."],
        ),
    ],
)
def test_room_is_checked_where_limits_and_counts_are_known(network, more, said):
    limits = dect_limits.limits_of(network.model)
    problems = dect_limits.room_problems(network, limits, **more)
    assert len(problems) == len(said)
    assert all(part in problem for part, problem in zip(said, problems, strict=True))


def test_a_name_or_a_code_that_another_network_has_is_found():
    networks = [HALL, CAMPUS]
    assert dect_limits.with_name(networks, "hALL") is HALL
    assert dect_limits.with_name(networks, "hALL", but=HALL.ref) is None
    assert dect_limits.with_name(networks, "Hal") is None
    assert dect_limits.with_code(networks, SecretStr("0042")) is HALL
    assert dect_limits.with_code(networks, SecretStr("0042"), but=HALL.ref) is None
    assert dect_limits.with_code(networks, SecretStr("4200")) is None


def networks_with(codes: list[str]) -> list[DectNetwork]:
    return [HALL.model_copy(update={"access_code": SecretStr(code)}) for code in codes]


def test_a_new_code_is_one_that_is_free_and_not_the_first_that_somebody_tries():
    left = {"0042", "7391", "1234", "7777"}
    codes = [f"{number:04}" for number in range(10_000)]
    taken = networks_with([code for code in codes if code not in left])
    made = {dect_limits.new_access_code(taken).get_secret_value() for _ in range(50)}
    assert made == {"0042", "7391"}
    with pytest.raises(ValueError, match="free"):
        dect_limits.new_access_code(networks_with(codes))


@pytest.mark.parametrize(
    ("owner", "taken", "name"),
    [
        ("Ann Alder", [], "Ann Alder"),
        ("Maximiliane Mustermann", [], "M. Mustermann"),
        ("Maximiliane Mustermann", ["m.  mustermann"], "M. Mustermann 2"),
        ("Ann Alder", ["Ann Alder", "Ann Alder 2"], "Ann Alder 3"),
        ("Donaudampfschiff fahrt", [], "D. fahrt"),
        ("Donaudampfschifffahrtsgesellschaft", [], "Donaudampfschiff"),
        ("Ana María de la Cruz y Borbón", [], "A. M. d. l. C. y"),
        ("", [], "Handset"),
    ],
)
def test_the_name_of_a_handset_is_short_and_unlike_others(owner, taken, name):
    assert dect_limits.handset_name(owner, taken) == name


@given(st.lists(st.text(max_size=30), max_size=30))
def test_names_of_handsets_can_always_be_used_and_differ(owners):
    names: list[str] = []
    for owner in owners:
        names.append(dect_limits.handset_name(owner, names))
        assert 1 <= len(names[-1].strip()) <= MAX_HANDSET_NAME
    assert len({fold(name) for name in names}) == len(names)
