import pytest

from medbill_desktop.usecases.office import State
from medbill_desktop.usecases.users import my_account
from tests.office_factory import make_office


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def test_a_practice_is_founded_and_its_owner_signs_in_again(made):
    office, facts = made
    assert office.state is State.OPEN
    assert office.desk.ask(my_account, None).name == facts.name
    office.sign_out()
    assert office.state is State.SIGNED_OUT
    desk = office.sign_in(facts.name.upper(), facts.password, facts.code())
    assert desk.ask(my_account, None).codes_left == 10
