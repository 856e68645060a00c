"""Floor of the backup row: SQLite's backup API, then `age` on that file, nothing checked or read back.

`python copy_and_age.py PRACTICE FOLDER` prints the seconds; without `age` it ends with 3.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from pyrage import x25519

from medbill_desktop.cli.bench_floors.opened import vault_of


def main(folder: str, into: str) -> None:
    age = shutil.which("age")
    if age is None:
        sys.exit(3)
    copy, sealed = Path(into) / "copy.db", Path(into) / "copy.db.age"
    recipient = str(x25519.Identity.generate().to_public())
    with vault_of(folder) as practice, practice.vault.reader.begin() as conn:
        begin = time.perf_counter()
        target = sqlcipher.connect(str(copy))
        target.execute(f"PRAGMA key=\"x'{practice.holder.hex()}'\"")
        target.execute("PRAGMA journal_mode=OFF")  # as ours copies
        target.execute("PRAGMA synchronous=OFF")
        conn.connection.dbapi_connection.backup(target)
        target.close()
        subprocess.run([age, "-r", recipient, "-o", sealed, copy], check=True)
        with sealed.open("rb") as file:
            os.fsync(file.fileno())
        print(time.perf_counter() - begin)


if __name__ == "__main__":
    main(*sys.argv[1:3])
