"""Floor of the aging row: the bare GROUP BY over the receivable lines, on the same database.

`python group_by.py PRACTICE` prints the seconds of the best of three.
"""

import sys
import time

from medbill_desktop.cli.bench_floors.opened import vault_of

QUERY = (
    "SELECT charge_id, coverage_id, guarantor_id, SUM(cents) FROM journal_line"
    " WHERE account = 'receivable' GROUP BY charge_id, coverage_id, guarantor_id"
)


def main(folder: str) -> None:
    with vault_of(folder) as practice, practice.vault.reader.begin() as conn:
        raw = conn.connection.dbapi_connection
        taken = []
        for _ in range(3):
            begin = time.perf_counter()
            raw.execute(QUERY).fetchall()
            taken.append(time.perf_counter() - begin)
    print(min(taken))


if __name__ == "__main__":
    main(sys.argv[1])
