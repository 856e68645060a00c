"""Floor of the import rows: the same file read line by line, each line cut into its cells and INSERTed raw.

`python raw_rows.py FOLDER FILE TABLE` makes an encrypted database in FOLDER and prints the seconds of one transaction.
Nothing is judged and nothing compared; there is no audit row and no packing.
"""

import csv
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from medbill_desktop.cli.bench_floors.raw_database import raw_database

_PAIRS = """code TEXT NOT NULL, other TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, helps INTEGER NOT NULL,
    PRIMARY KEY (code, other, first)"""
_FEES = """code TEXT NOT NULL, description TEXT NOT NULL, generic_words TEXT NOT NULL, cents INTEGER NOT NULL,
    first_day TEXT NOT NULL, PRIMARY KEY (code, first_day)"""
TABLES: dict[str, tuple[str, Callable[[Iterable[str]], Iterator[tuple[str | int, ...]]]]] = {
    "codes": (
        "code TEXT NOT NULL PRIMARY KEY, billable INTEGER NOT NULL, words TEXT NOT NULL",
        lambda lines: ((line[6:13].rstrip(), int(line[14]), line[77:].rstrip()) for line in lines),
    ),
    "pairs": (
        _PAIRS,
        lambda lines: ((a, b, first, last, int(helps)) for a, b, _, first, last, helps, _ in _cells(lines, "\t")),
    ),
    "fees": (
        _FEES,
        lambda lines: ((a, b, c, int(price.replace(".", "")), day) for a, b, c, price, day in _cells(lines, ",")),
    ),
}


def main(folder: str, file: str, kind: str) -> None:
    conn, (columns, rows) = raw_database(folder), TABLES[kind]
    conn.execute(f"CREATE TABLE made ({columns}) STRICT")
    marks = ",".join("?" * columns.count(" NOT NULL"))
    begin = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    with open(file, encoding="utf-8", newline="") as lines:
        conn.executemany(f"INSERT INTO made VALUES ({marks})", rows(lines))  # noqa: S608
    conn.execute("COMMIT")
    print(time.perf_counter() - begin)


def _cells(lines: Iterable[str], comma: str) -> Iterator[list[str]]:
    cells = csv.reader(lines, delimiter=comma)
    next(cells)
    return cells


if __name__ == "__main__":
    main(*sys.argv[1:4])
