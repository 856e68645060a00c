import re
from pathlib import Path

import pytest
from argon2.exceptions import HashingError
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

import medbill_desktop
from medbill_desktop.security import kdf
from medbill_desktop.security.kdf import PRODUCTION, KdfCost, KdfParams
from tests.fast_policy import FAST


def test_rfc_9106_vector_holds_for_the_judge_of_our_bytes():
    judge = Argon2id(
        salt=b"\x02" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\x04" * 12, secret=b"\x03" * 8
    )  # fmt: skip
    assert judge.derive(b"\x01" * 32).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=40), st.integers(1, 4), st.integers(2, 5), st.integers(8, 64), st.binary(min_size=32, max_size=32)
)
def test_our_bytes_are_those_of_an_independent_argon2id(password, lanes, passes, per_lane, salt):
    cost = KdfCost(per_lane * lanes, passes, lanes)
    judge = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=cost.m_kib)
    expected = judge.derive(kdf.normal(password).encode("utf-8"))
    assert kdf.derive(password, KdfParams(cost, salt)) == expected


def test_two_keyboards_make_the_same_key():
    params = kdf.new_params(FAST.cost)
    assert kdf.derive("cafe\u0301", params) == kdf.derive("caf\u00e9", params)


def test_a_password_that_is_no_text_makes_a_key_and_not_an_error():
    assert len(kdf.derive("\ud800", kdf.new_params(FAST.cost))) == 32


def test_production_costs_what_the_rules_say():
    assert PRODUCTION.cost == KdfCost(262_144, 3, 4)
    assert PRODUCTION.floor == KdfCost(65_536, 3, 4)


@pytest.mark.parametrize(
    ("cost", "accepted"),
    [
        (KdfCost(65_536, 2, 1), True), (KdfCost(1_048_576, 10, 8), True),
        (KdfCost(65_535, 2, 1), False), (KdfCost(1_048_577, 10, 8), False),
        (KdfCost(65_536, 1, 1), False), (KdfCost(65_536, 11, 1), False),
        (KdfCost(65_536, 2, 0), False), (KdfCost(65_536, 2, 9), False),
    ],
)  # fmt: skip
def test_what_is_run_has_bounds_on_each_side(cost, accepted):
    assert PRODUCTION.accepts(cost) is accepted


@pytest.mark.parametrize("cost", [KdfCost(65_535, 3, 4), KdfCost(65_536, 2, 4), KdfCost(65_536, 3, 3)])
def test_production_writes_nothing_under_its_floor(cost):
    with pytest.raises(kdf.TooCheap):
        PRODUCTION.check_writable(cost)
    PRODUCTION.check_writable(PRODUCTION.floor)


@pytest.mark.parametrize("fault", [HashingError("Memory allocation error"), MemoryError()])
def test_memory_that_is_not_there_is_said_in_plain_words(monkeypatch, fault):
    def none_left(*args, **kwargs):
        raise fault

    monkeypatch.setattr(kdf, "hash_secret_raw", none_left)
    with pytest.raises(kdf.NotEnoughMemory, match="Close other programs") as caught:
        kdf.derive("a secret canary", kdf.new_params(FAST.cost))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_name_that_nobody_has_costs_one_run_at_todays_cost(monkeypatch):
    costs = []
    monkeypatch.setattr(kdf, "derive", lambda password, params: costs.append(params.cost) or bytearray(32))
    kdf.dummy("anything", PRODUCTION)
    assert costs == [PRODUCTION.cost]


def test_wiping_leaves_nothing():
    secret = bytearray(b"a secret")
    kdf.wipe(secret)
    assert secret == bytes(8)


def test_the_installed_package_holds_one_policy_and_reads_none_from_outside():
    package = Path(medbill_desktop.__file__).parent
    made = [p for p in package.rglob("*.py") if re.search(r"KdfPolicy\(", p.read_text())]
    assert [p.name for p in made] == ["kdf.py"]
    text = (package / "security" / "kdf.py").read_text()
    assert text.count("KdfPolicy(") == 1
    assert not re.search(r"^\s*(import|from) (os|sys|json|pathlib)\b", text, re.MULTILINE)
