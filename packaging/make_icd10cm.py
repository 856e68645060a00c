"""Make resources/codes/icd10cm.txt.gz out of a tabular list and code list of the CDC.

    pip install simple-icd-10-cm==1.5.0  # MIT; carries the CDC's files of April 2026, in the public domain
    python packaging/make_icd10cm.py

One line a code: code, 1 where it is billable, first and last day (empty: as the release), title. The first line names
the release. A code is billable where no other continues it. The titles of codes that the tabular list forms from a
seventh character are put together from both parts, as in the CDC's order file.
"""

import gzip
from pathlib import Path

import simple_icd_10_cm as cm

HEAD = "icd10cm\tICD-10-CM April 2026\t2026-04-01\n"


def main() -> None:
    codes = sorted(
        {each.replace(".", "") for each in cm.get_all_codes() if "-" not in each and not cm.is_chapter(each)}
    )
    lines = [HEAD]
    for at, code in enumerate(codes):
        leaf = at + 1 == len(codes) or not codes[at + 1].startswith(code)
        title = " ".join(cm.get_description(code).split())
        lines.append(f"{code}\t{int(leaf)}\t\t\t{title}\n")
    out = Path(__file__).resolve().parents[1] / "resources" / "codes" / "icd10cm.txt.gz"
    out.parent.mkdir(exist_ok=True)
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write("".join(lines).encode())
    billable = sum(line.split("\t")[1] == "1" for line in lines[1:])
    print(f"{len(codes)} codes, {billable} billable")  # noqa: T201


if __name__ == "__main__":
    main()
