from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.names import fold, is_latin, list_name, name_key, provider_name, said_provider
from medbill_desktop.domain.search_keys import Findable, keys_of, prefixes_of

NAMES = st.text(st.characters(categories=["L", "M", "N", "P", "Z"]), max_size=20)
PHONES = st.from_regex(r"[2-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  O’Brien-Smith ", "obrien smith"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Æsir Øst", "aesir ost"),
        ("İstanbul", "istanbul"), ("ﬁn", "fin"), ("Ａｎａ", "ana"), ("St. John", "st john"), ("Ёлка", "елка"),
        ("أَحْمَد", "احمد"), ("김철수", "김철수"), ("हिन्दी", "हिन्दी"), ("...", ""),
    ],
)  # fmt: skip
def test_a_name_is_folded_as_people_type_it(written, folded):
    assert fold(written) == folded


@given(NAMES)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(NAMES, NAMES, NAMES, st.dates(date(1850, 1, 1), date(2100, 1, 1)), PHONES)
def test_what_a_person_is_found_by_is_among_their_keys(last, first, middle, born, phone):
    keys = keys_of(Findable(last, first, middle, (), "1-77", (phone,), born))
    assert "" not in keys
    typed = [
        last,
        first,
        f"{last}, {first}",
        "1-77",
        phone,
        phone[-7:],
        born.isoformat(),
        f"{born:%m/%d/}{born.year:04d}",
    ]
    for text in typed:
        prefixes = prefixes_of(text)
        assert len(prefixes) <= 3
        assert not fold(text) or any(key.startswith(prefix) for prefix in prefixes for key in keys)


@pytest.mark.parametrize(
    ("text", "latin"),
    [("Åse Ñandú-O'Brien 3rd", True), ("Nguyễn Thị", True), ("Иван", False), ("山田", False), ("أحمد", False),
     ("Ana ١", False), ("", True)],
)  # fmt: skip
def test_what_an_envelope_can_carry_is_latin(text, latin):
    assert is_latin(text) is latin


def test_names_are_shown_in_the_order_of_lists():
    assert list_name("Ortiz", "Ana", "M", "Jr") == "Ortiz Jr, Ana M"
    assert list_name("Sukarno", "") == "Sukarno"
    assert provider_name("Lindqvist", "Maja", "MD") == "Lindqvist, Maja MD"
    assert said_provider("Lindqvist", "M.D., MPH") == "Dr. Lindqvist"
    assert said_provider("Lindqvist", "NP") == "Lindqvist NP"
    assert said_provider("Harbor Imaging") == "Harbor Imaging"
    assert name_key("ØRSTED", "Aná") == name_key("Orsted", "Ana")
