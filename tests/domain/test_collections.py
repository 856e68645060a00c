"""What of an account an agency may hear (BILLING S14, R9, R11)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.collections import Candidate, Debt, Way, why_not
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, total

TODAY = date(2026, 11, 18)
DEBTS = st.lists(
    st.builds(
        Debt, charge_id=st.integers(1, 9).map(Id), service_date=st.just(TODAY), cents=st.integers(1, 10**6).map(Cents),
        child=st.booleans(), apart=st.booleans(), confidential=st.booleans(), restricted=st.booleans(),
        on_purpose=st.booleans(),
    ),
    max_size=9, unique_by=lambda each: each.charge_id,
)  # fmt: skip
CHOSEN = st.sets(st.integers(1, 9).map(Id))


@given(DEBTS, CHOSEN)
def test_nothing_goes_that_was_kept_unless_a_person_chose_it_and_never_what_another_patient_keeps(debts, chosen):
    account = Candidate(Id(1), tuple(debts), TODAY).letting(chosen)
    for each in account.going:
        assert not each.apart
        assert not (each.restricted or each.confidential) or each.charge_id in chosen
    kept = {Way.GOES: account.going, Way.ASKS: account.asking, Way.STAYS: account.staying}
    assert all(each.way is way for way in (Way.ASKS, Way.STAYS) for each in kept[way])
    assert account.cents == total(each.cents for each in account.going)
    assert account.special == any(each.child or each.restricted for each in account.going)
    assert all(each.why for each in (*account.asking, *account.staying))


@given(DEBTS, CHOSEN)
def test_choosing_changes_only_what_asks(debts, chosen):
    account = Candidate(Id(1), tuple(debts), TODAY)
    always = {each.charge_id for each in account.letting(()).going}
    assert always <= {each.charge_id for each in account.letting(chosen).going} <= always | chosen


@given(DEBTS)
def test_an_account_is_offered_where_something_goes_or_could(debts):
    account = Candidate(Id(1), tuple(debts), TODAY - timedelta(days=60)).letting(())
    may = bool(account.going or account.asking)
    assert (why_not(account, 21, TODAY) == "") == may
