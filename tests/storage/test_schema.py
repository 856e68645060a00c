from medbill_desktop.storage import tables as t


def test_the_migrated_schema_is_the_one_the_queries_know(vault):
    with vault.reader.connect() as conn:
        names = conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'")
        found = {}
        for (name,) in names.fetchall():
            columns = conn.exec_driver_sql(f"PRAGMA table_info({name})").fetchall()
            found[name] = {(c[1], bool(c[3]) or (bool(c[5]) and c[2] == "INTEGER")) for c in columns}
    known = {table.name: {(c.name, not c.nullable) for c in table.columns} for table in t.metadata.tables.values()}
    assert found == known


def test_every_table_is_strict_and_points_where_it_may(vault):
    with vault.reader.connect() as conn:
        loose = conn.exec_driver_sql("SELECT name FROM pragma_table_list WHERE type='table' AND NOT strict").fetchall()
        assert {name for (name,) in loose if not name.startswith("sqlite")} == set()
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
