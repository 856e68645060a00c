import pytest
from sqlalchemy import func, insert, select

from medbill_desktop.domain.problems import Damaged
from medbill_desktop.storage import health
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import bare_connection, open_vault
from tests.door import KEY

PAGE = 4096


def key():
    return KEY


@pytest.fixture
def filled(vault):
    """A closed database with a table of some size; returns its path and which pages hold it."""
    payers = [
        {"id": n, "name": f"Payer {n} " + "x" * 200, "payer_code": "", "filing_indicator": "", "street": "",
         "city": "", "state": "", "zip": "", "phone": "", "active": True}
        for n in range(1, 401)
    ]  # fmt: skip
    before = pages(vault.path)
    with vault.writer.begin() as conn:
        conn.execute(insert(t.payer), payers)
    vault.close()
    with bare_connection(vault.path, key) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return vault.path, range(before + 2, pages(vault.path))


def pages(path):
    with bare_connection(path, key) as raw:
        return raw.execute("PRAGMA page_count").fetchone()[0]


def flip(path, page, at=77):
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE + at)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))


def test_a_whole_database_has_no_finding(filled):
    path, _ = filled
    assert health.quick_check(path, key) == health.full_check(path, key) == ()


@pytest.mark.parametrize("which", [0, 3, -1])
def test_a_flipped_byte_is_found_and_its_table_named(filled, which):
    path, of_payer = filled
    page = of_payer[which]
    flip(path, page)
    assert health.full_check(path, key) == (health.Finding(health.Judged.PAGE, page, "payer"),)
    assert health.quick_check(path, key)
    assert "table payer" in health.full_check(path, key)[0].sentence()
    flip(path, page)
    assert health.full_check(path, key) == ()


def test_damage_to_the_first_page_is_a_finding_too(filled):
    path, _ = filled
    flip(path, 1)
    assert health.full_check(path, key)[0].page == 1
    assert health.quick_check(path, key)[0].page == 1


def test_good_pages_stay_readable_and_no_wrong_number_is_shown(filled):
    path, of_payer = filled
    flip(path, of_payer[2])
    vault = open_vault(path, key)
    for _ in range(5):
        with pytest.raises(Exception) as caught, vault.reader.begin() as conn:
            conn.execute(select(func.sum(func.length(t.payer.c.name)))).scalar()
        assert "malformed" in str(caught.value) or "disk I/O" in str(caught.value)
        with vault.reader.begin() as conn:
            assert conn.execute(select(func.count()).select_from(t.workstation)).scalar() == 1
    vault.close()


def test_a_reference_that_leads_nowhere_is_found(vault):
    vault.close()
    with bare_connection(vault.path, key) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO preference (user_id, key, value) VALUES (99, 'k', '1')")
    assert health.full_check(vault.path, key) == (health.Finding(health.Judged.REFERENCE, None, "preference"),)


def test_the_wrong_key_is_damage_not_a_finding_about_tables(filled):
    path, _ = filled
    assert health.full_check(path, lambda: "1c" * 32) == (health.Finding(health.Judged.PAGE, 1),)
    with pytest.raises(Damaged):
        open_vault(path, lambda: "1c" * 32)
