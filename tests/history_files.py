"""A small practice that comes out of files, and ledgers to import into it."""

from medbill_desktop.usecases.imports import ImportRows, PreviewImport, import_rows, preview_import
from tests.people import a_place, a_provider

PEOPLE = "source_ref,last,first,birth_date,sex\nP1,Ortiz,Ana,1980-10-31,F\nP2,Łęcka,Zoë,1975-02-03,F\n"
PAYERS = "source_ref,name\nI1,Summit Mutual\nI2,Harbor Health\n"
POLICIES = (
    "source_ref,patient_ref,payer_ref,member_id,first_day,rank\nC1,P1,I1,M1,2020-01-01,1\nC2,P1,I2,M2,2020-01-01,2\n"
)
HEAD = (
    "source_ref,type,date,amount,patient_ref,claim_ref,charge_ref,party,from_party,payer_ref,payer2_ref,method,code,"
    "reason\n"
)
VISITS = "source_ref,patient_ref,service_date,provider_name,place_name\n" + "".join(
    f"V{at},P{1 + at % 2},2026-03-{1 + at:02d},Rowan Vance,Main office\n" for at in range(28)
)


def look(desk, path, kind="history", column_map=""):
    return desk.ask(preview_import, PreviewImport(kind, str(path), column_map))


def bring(desk, path, kind="history", column_map="", watch=None):
    return desk.run(import_rows, ImportRows(desk.new_id(), kind, str(path), column_map), watch)


def a_practice(desk, folder):
    """Import people, payers, policies and a visit on each of four weeks' days."""
    a_provider(desk, "Vance", "Rowan")
    a_place(desk, "Main office")
    for kind, text in (("patients", PEOPLE), ("payers", PAYERS), ("coverages", POLICIES), ("visits", VISITS)):
        path = folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        bring(desk, path, kind)


def row(ref, kind, day, cents, who="P1", **more):
    """Write one row of a ledger; days are of March 2026."""
    names = HEAD.strip().split(",")
    facts = {"source_ref": ref, "type": kind, "date": f"2026-03-{day:02d}", "amount": f"{cents / 100:.2f}",
             "patient_ref": who} | more  # fmt: skip
    return ",".join(str(facts.get(name, "")) for name in names) + "\n"


def ledger(folder, *rows, name="ledger.csv"):
    path = folder / name
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path
