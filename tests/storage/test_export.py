"""The whole database under another key: progress is told and Cancel is heard, however large its rows are (D11, D15)."""

import pytest

from medbill_desktop.storage import export as exporting
from medbill_desktop.storage.engine import bare_connection, create_file
from medbill_desktop.storage.export import export
from medbill_desktop.usecases.watch import Cancelled

OLD, NEW = "0b" * 32, "0c" * 32


@pytest.fixture
def scans(tmp_path, monkeypatch):
    """Twenty documents and nothing else: hardly a step of SQLite's machine for many megabytes."""
    monkeypatch.setattr(exporting, "_LOOK_SECONDS", 0.0)
    path = tmp_path / "scans.db"
    create_file(path, lambda: OLD)
    with bare_connection(path, lambda: OLD) as raw:
        raw.execute("CREATE TABLE scan (id INTEGER PRIMARY KEY, content BLOB) STRICT")
        for number in range(20):
            raw.execute("INSERT INTO scan VALUES (?, randomblob(1000000))", (number,))
    return path


def test_a_database_of_a_few_large_documents_tells_how_far_it_is(scans, tmp_path):
    sizes = []
    export(scans, lambda: OLD, tmp_path / "new.db", lambda: NEW, sizes.append)
    assert len({each // 1_000_000 for each in sizes}) >= 4
    with bare_connection(tmp_path / "new.db", lambda: NEW) as raw:
        assert raw.execute("SELECT count(*), sum(length(content)) FROM scan").fetchone() == (20, 20_000_000)


def test_it_is_stopped_among_its_documents(scans, tmp_path):
    def stop(size):
        if size > 2_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        export(scans, lambda: OLD, tmp_path / "new.db", lambda: NEW, stop)
    assert (tmp_path / "new.db").stat().st_size < 15_000_000
