import tracemalloc
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from medbill_desktop import assets
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.edi import column_names, csv_files
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.catalogs import FindFees, demo_fees, find_fees
from medbill_desktop.usecases.imports import KINDS, ImportRows, PreviewImport, import_rows, preview_import
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, find_patients, open_patient
from medbill_desktop.usecases.visits import DayVisits, day_visits
from medbill_desktop.usecases.watch import Cancelled
from tests.ledger_rows import furnish
from tests.people import a_coverage, a_payer, a_place, a_provider, a_visit, register

HEAD = "source_ref,last,first,birth_date,sex,street,city,state,zip,phone\n"
ROW = "P1,Ortiz,Ana,1980-10-31,F,14 Willow Lane,Rockport,ME,04856,(207) 555-0142\n"
MAP = """
source = "oldsystem"
[patients]
dates = "dmy"
[patients.columns]
source_ref = "Nr"
last = "Name"
birth_date = "Born"
sex = "Geschlecht"
[patients.values.sex]
weiblich = "F"
"*" = "U"
[patients.constants]
state = "ME"
"""
CELLS = st.text(max_size=8) | st.sampled_from(['"', "1980-10-31", "=1", "1-1"])


@pytest.fixture
def file(tmp_path):
    """Write the file to import; text goes as UTF-8."""

    def write(content, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def look(desk, path, kind="patients", column_map=""):
    return desk.ask(preview_import, PreviewImport(kind, path, column_map))


def bring(desk, path, kind="patients", column_map="", skip=False, watch=None):
    return desk.run(import_rows, ImportRows(desk.new_id(), kind, path, column_map, skip), watch)


def count(vault, table):
    with vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def told(preview):
    return {(p.segment, p.field, p.code) for p in preview.problems}


def test_a_preview_writes_nothing_and_the_import_does_what_it_said(desk, vault, file):
    path = file(HEAD + ROW)
    preview = look(desk, path)
    assert (preview.rows, preview.ready, preview.refused, preview.encoding) == (1, 1, 0, "UTF-8")
    assert count(vault, t.patient) == count(vault, t.audit) == 0
    command = ImportRows(desk.new_id(), "patients", path)
    assert desk.run(import_rows, command) == desk.run(import_rows, command)
    (line,) = desk.ask(find_patients, FindPatients("ortiz"))
    card = desk.ask(open_patient, OpenPatient(line.id))
    assert (card.account, card.patient.phone, card.guarantor.details.city) == ("1-1", "2075550142", "Rockport")
    with vault.reader.begin() as conn:
        detail = conn.execute(select(t.audit.c.detail).where(t.audit.c.action == "import.rows")).scalar_one()
    assert '"imported":1' in detail
    assert '"sha256":"' in detail
    assert "people.csv" not in detail


def test_the_same_file_twice_makes_no_doubles_and_says_so(desk, file):
    path = file(HEAD + ROW)
    bring(desk, path)
    again = bring(desk, path)
    assert (again.imported, again.known, again.refused) == (0, 1, 0)
    grown = bring(desk, file(HEAD + ROW + ROW.replace("P1", "P2").replace("Ana", "Eva"), "grown.csv"))
    assert (grown.imported, grown.known) == (1, 1)


def test_without_a_column_that_identifies_rows_name_and_birth_date_do(desk, file):
    register(desk, "Berg", "Ole", birth_date=date(1970, 1, 2))
    rows = "last,first,birth_date\nOrtiz,Ana,1980-10-31\nBERG,Olé,1970-01-02\nOrtiz,Ana,1980-10-31\n"
    path = file(rows)
    assert told(look(desk, path)) == {("line 3", "last", "duplicate"), ("line 4", "row", "twice")}
    assert bring(desk, path, skip=True).imported == 1
    again = bring(desk, path, skip=True)
    assert (again.imported, again.known, again.refused) == (0, 2, 1)


def test_every_refused_row_is_named_with_its_column_and_nothing_is_imported(desk, vault, file):
    rows = [
        ROW,
        ROW.replace("P1", "P2").replace("1980-10-31", "31/02/1980"),
        ROW.replace("P1", "P3").replace("1980-10-31", "1980-02-31"),
        ROW.replace("P1", "P4").replace("Ortiz", ""),
        ROW.replace("P1", "P5").replace("Ortiz", "4111 1111 1111 1111"),
        ROW.replace("P1", "P6").replace(",F,", ",f3m,"),
        ROW.replace("P1", "P7").replace("04856", "0x"),
        "P8,Ortiz,Ana\n",
        ROW,
        ROW.replace("P1", "P9").replace("1980-10-31", "2099-01-01"),
        ROW.replace("P1", "P10").replace("1980-10-31", ""),
        ROW.replace("P1", "P11").replace("Ortiz", "山田"),
    ]
    path = file(HEAD + "".join(rows))
    preview = look(desk, path)
    assert told(preview) == {
        ("line 3", "birth_date", "date"), ("line 4", "birth_date", "date"), ("line 5", "last", "name"),
        ("line 6", "last", "card-number"), ("line 7", "sex", "sex"), ("line 8", "zip", "zip"),
        ("line 9", "row", "cells"),
        ("line 10", "row", "twice"), ("line 11", "birth_date", "birth-date"), ("line 12", "birth_date", "birth-date"),
        ("line 13", "mailing_name", "mailing-name"),
    }  # fmt: skip
    assert (preview.rows, preview.ready, preview.refused) == (12, 1, 11)
    assert "February 1980 has 29 days" in " ".join(p.text for p in preview.problems)
    with pytest.raises(Invalid) as refused:
        bring(desk, path)
    assert len(refused.value.problems) == 11
    assert count(vault, t.patient) == 0
    assert bring(desk, path, skip=True).imported == 1


def test_formulas_stay_the_text_that_they_are_and_are_told(desk, file):
    path = file(HEAD + ROW.replace("Ortiz", '"=HYPERLINK(""http://x"")"').replace("14 Willow Lane", "@SUM(1)"))
    preview = look(desk, path)
    assert {(p.field, p.code) for p in preview.warnings} == {("last", "formula"), ("street", "formula")}
    bring(desk, path)
    (line,) = desk.ask(find_patients, FindPatients("hyperlink"))
    assert line.name == '=HYPERLINK("http://x"), Ana'


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"\xef\xbb\xbf" + (HEAD + ROW.replace("Ana", "Åsa")).encode(), "UTF-8"),
        ((HEAD + ROW.replace("Ana", "Åsa")).encode("cp1252"), "Windows-1252"),
        ((HEAD + ROW.replace("Ana", "Åsa")).replace(",", ";").encode(), "UTF-8"),
        ((HEAD + ROW.replace("Ana", "Åsa")).replace("\n", "\r\n").encode(), "UTF-8"),
        ((HEAD + "\r\n" + ROW.replace("Ana", "Åsa")).replace("\n", "\r").encode(), "UTF-8"),
        (2 * b"\xef\xbb\xbf" + (HEAD + ROW.replace("Ana", "Åsa")).encode(), "UTF-8"),
    ],
)
def test_the_usual_encodings_and_separators_are_read_and_said(desk, file, content, encoding):
    path = file(content)
    assert look(desk, path).encoding == encoding
    bring(desk, path)
    assert [line.name for line in desk.ask(find_patients, FindPatients("asa"))] == ["Ortiz, Åsa"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ((HEAD + ROW).encode("utf-16"), "UTF-16"),
        ((HEAD + ROW).encode("utf-16-le"), "NUL"),
        ((HEAD + ROW + "P2,Or\x00tiz\n").encode(), "Line 3 holds a NUL"),
        ((HEAD + ROW).encode() + b"\x81\xff", "neither UTF-8 nor Windows-1252"),
        (b"", "empty"),
        (b"\n\n", "empty"),
        ((HEAD + 'P1,"Ortiz\n' + ROW).encode(), "Line 2"),
        (b"last,last,first,birth_date\n", "two columns named last"),
        (b"a," * 600, "more than 500 columns"),
        (b"x" * 1_100_000, "endlessly long"),
        (HEAD.encode() + b"y" * 200_000, "cell in line 2 is endlessly long"),
        (b"PK\x03\x04" + HEAD.encode(), "a workbook"),
        (b"%PDF-1.7\n" + HEAD.encode(), "a PDF"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(desk, vault, file, content, words):
    for attempt in (look, bring):
        with pytest.raises(Refused) as refused:
            attempt(desk, file(content))
        assert words.casefold() in str(refused.value).casefold()
    assert count(vault, t.patient) == 0


def test_what_is_missing_or_too_big_is_refused_before_it_is_read(desk, tmp_path, file, monkeypatch):
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as sparse:
        sparse.truncate(2 * 1024**3)
    tracemalloc.start()
    for path, words in ((str(huge), "Split it"), (str(tmp_path), "not a file"), (str(tmp_path / "no.csv"), "found")):
        with pytest.raises(Refused, match=words):
            look(desk, path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    monkeypatch.setattr(csv_files, "MOST_ROWS", 2)
    with pytest.raises(Refused, match="more than 2 rows"):
        look(desk, file(HEAD + ROW * 3))
    with pytest.raises(Refused, match="not invoices"):
        look(desk, file(HEAD), "invoices")


def test_every_missing_column_is_told_at_once(desk, file):
    with pytest.raises(Invalid) as refused:
        look(desk, file("name\nOrtiz\n"))
    assert {p.field for p in refused.value.problems} == {"last", "birth_date"}
    with pytest.raises(Invalid) as refused:
        look(desk, file("Nr,Name\n1,Ortiz\n"), column_map=file(MAP, "map.toml"))
    assert {p.field for p in refused.value.problems} == {"Born", "Geschlecht", "birth_date"}


def test_a_map_names_columns_values_dates_and_constants(desk, file):
    path = file("Nr;Name;first;Born;Geschlecht\n7;Ortiz;Ana;31.10.1980;weiblich\n8;Berg;Ole;01.02.1970;divers\n")
    bring(desk, path, column_map=file(MAP, "map.toml"))
    (one,) = desk.ask(find_patients, FindPatients("ortiz"))
    (two,) = desk.ask(find_patients, FindPatients("berg"))
    assert (one.birth_date, one.sex, two.birth_date, two.sex) == (date(1980, 10, 31), "F", date(1970, 2, 1), "U")
    assert desk.ask(open_patient, OpenPatient(one.id)).patient.state == "ME"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[patients", "not written correctly"), ('[patients]\ndates = "no"', "iso, mdy or dmy"),
        ('patients = 3', "not written correctly"), ("x = " + "[" * 20_000, "too deep"),
        ('[visits.places]\ncolumns = {}', "not written correctly"),
        ('[patients.columns]\nlast = [["a"]]', "no column"), ('[patients.columns]\nshoe = "last"', "no field shoe"),
        ("[visits.places]\nfile = '../secrets.csv'\ncolumns = {}", "without a folder"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_refused_in_words(desk, file, text, words):
    kind = "visits" if "visits" in text else "patients"
    with pytest.raises(Refused, match=words):
        look(desk, file(HEAD + ROW), kind, file(text, "map.toml"))


def test_a_map_that_is_not_there_is_refused(desk, file, tmp_path):
    for name in ("nosuch", str(tmp_path / "no.toml"), str(tmp_path)):
        with pytest.raises(Refused, match="column map"):
            look(desk, file(HEAD + ROW), column_map=name)


def test_guarantors_come_along(desk, file):
    head = "last,first,birth_date,relationship,guarantor_last,guarantor_first,guarantor_city\n"
    bring(desk, file(head + "Ortiz,Lea,2019-05-06,child,Ortiz,Ruth,Camden\n"))
    (line,) = desk.ask(find_patients, FindPatients("lea"))
    card = desk.ask(open_patient, OpenPatient(line.id))
    assert (card.relationship, card.guarantor.details.first, card.guarantor.details.city) == ("child", "Ruth", "Camden")


def test_policies_find_patient_and_payer_and_never_overlap(desk, vault, file):
    one, _ = register(desk), a_payer(desk)
    head = "account,payer_name,member_id,first_day,last_day,rank\n"
    rows = [
        f"{one.account},summit MUTUAL,XK1,2025-01-01,2025-12-31,1\n",
        f"{one.account},Summit Mutual,XK2,2025-12-31,,1\n",
        f"{one.account},Summit Mutual,XK3,2026-01-01,,1\n",
        f"{one.account},Summit Mutual,XK4,2026-01-01,,2\n",
        f"{one.account},Nobody,XK5,2030-01-01,,3\n",
        "9-9,Summit Mutual,XK6,2026-01-01,,1\n",
        f"{one.account},Summit Mutual,,2031-01-01,,4\n",
        f"{one.account},Summit Mutual,XK7,2031-01-01,2030-01-01,5\n",
    ]
    path = file(head + "".join(rows))
    assert told(look(desk, path, "coverages")) == {
        ("line 3", "first_day", "overlap"), ("line 6", "payer", "payer"), ("line 7", "patient", "patient"),
        ("line 8", "member_id", "member-id"), ("line 9", "last_day", "dates"),
    }  # fmt: skip
    assert bring(desk, path, "coverages", skip=True).imported == 3
    assert bring(desk, path, "coverages", skip=True).known == 3
    assert count(vault, t.coverage) == 3


def test_visits_use_the_providers_that_are_there_and_make_those_a_second_file_describes(desk, vault, file):
    one = register(desk)
    a_provider(desk, "Lindqvist", "Maja")
    a_place(desk, "Harbor Street office")
    head = "account,service_date,provider_name,place_name\n"
    path = file(
        head + f"{one.account},2026-11-18,Maja Lindqvist,harbor street OFFICE\n{one.account},2026-11-18,No One,x\n"
    )
    assert told(look(desk, path, "visits")) == {("line 3", "provider", "provider"), ("line 3", "place", "place")}
    bring(desk, path, "visits", skip=True)
    (line,) = desk.ask(day_visits, DayVisits(date(2026, 11, 18)))
    assert (line.provider, line.place) == ("Lindqvist, Maja MD", "Harbor Street office")
    assert (count(vault, t.provider), count(vault, t.place)) == (1, 1)


def test_a_cancelled_import_leaves_nothing(desk, vault, file):
    class Cancels:
        def step(self, done, total, text):
            if text == "Writing":
                raise Cancelled

    with pytest.raises(Cancelled):
        bring(desk, file(HEAD + ROW), watch=Cancels())
    assert count(vault, t.patient) == count(vault, t.counter) == 0


def test_the_front_desk_imports_nothing(desk_as, file):
    desk = desk_as(Role.FRONT_DESK)
    for attempt in (look, bring):
        with pytest.raises(NotAllowed):
            attempt(desk, file(HEAD + ROW))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["patients", "payers", "coverages", "visits"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.lists(st.lists(CELLS, max_size=8), max_size=5)
        .map(lambda rows: "\n".join(",".join(cells) for cells in rows).encode("utf-8", "replace")),
    ),
)  # fmt: skip
def test_no_file_breaks_the_import_and_every_row_is_accounted_for(desk, tmp_path, kind, body):
    head = {
        "patients": b"last,first,birth_date,zip\n", "payers": b"name,zip\n",
        "coverages": b"account,payer_name,member_id,first_day\n",
        "visits": b"account,service_date,provider_name,place_name\n",
    }  # fmt: skip
    path = tmp_path / "any.csv"
    path.write_bytes(head[kind] + body)
    try:
        preview = look(desk, str(path), kind)
    except Refused:
        return
    assert preview.ready + preview.known + preview.refused == preview.rows
    assert len({p.segment for p in preview.problems}) == preview.refused


FEES = "code,modifier,description,generic_words,price,first_day,last_day\n"
VISIT = '99213,,"Office visit, established",Office visit,145.00,2026-01-01,\n'


def prices(desk, on=date(2026, 11, 18)):
    return {each.fee.code: each.fee for each in desk.ask(find_fees, FindFees("", on, 100))}


def test_prices_are_looked_at_then_written_and_known_the_second_time(desk, file):
    path = file(FEES + VISIT + "85025,26,Blood count,Laboratory,$32,07/01/2026,12/31/2026\n", "fees.csv")
    preview = look(desk, path, "fees")
    assert (preview.rows, preview.ready, preview.refused) == (2, 2, 0)
    assert prices(desk) == {}
    assert bring(desk, path, "fees").imported == 2
    found = prices(desk)
    assert (found["99213"].cents, found["85025"].cents, found["85025"].modifier) == (145_00, 32_00, "26")
    assert found["85025"].last_day == date(2026, 12, 31)
    again = look(desk, path, "fees")
    assert (again.ready, again.known, again.refused) == (0, 2, 0)


def test_a_new_list_ends_the_old_prices_and_the_old_list_stays_known(desk, file):
    old, new = file(FEES + VISIT, "old.csv"), file(FEES + VISIT.replace("145.00,2026", "150.00,2027"), "new.csv")
    bring(desk, old, "fees")
    assert bring(desk, new, "fees").imported == 1
    assert prices(desk)["99213"].last_day == date(2026, 12, 31)
    assert prices(desk, date(2027, 1, 1))["99213"].cents == 150_00
    for path in (old, new):
        again = look(desk, path, "fees")
        assert (again.ready, again.known) == (0, 1)


def test_both_prices_of_a_code_in_one_file_follow_one_another_whatever_their_order(desk, file):
    later = VISIT.replace("145.00,2026-01", "150.00,2026-07")
    bring(desk, file(FEES + later + VISIT, "fees.csv"), "fees")
    assert prices(desk, date(2026, 6, 30))["99213"].cents == 145_00
    assert prices(desk)["99213"].cents == 150_00


def test_a_price_that_is_replaced_is_told_before_it_is(desk, file):
    bring(desk, file(FEES + VISIT, "fees.csv"), "fees")
    changed = file(FEES + VISIT.replace("145", "155"), "changed.csv")
    preview = look(desk, changed, "fees")
    assert [(each.code, each.field) for each in preview.warnings] == [("replaces", "price")]
    assert "145.00" in preview.warnings[0].text
    bring(desk, changed, "fees")
    assert prices(desk)["99213"].cents == 155_00


def test_every_wrong_price_is_refused_with_its_column_and_nothing_is_written(desk, file):
    rows = [
        VISIT, VISIT, VISIT.replace("145", "146"), VISIT.replace("145.00", "14,5"), VISIT.replace("145.00", ""),
        VISIT.replace("145.00", "1.005"), VISIT.replace("145.00", "-5"), VISIT.replace("2026-01-01", ""),
        VISIT.replace("2026-01-01", "2026-02-30"), VISIT.replace("99213", "99 213!"),
        VISIT.replace("Office visit,1", ",1"), VISIT.replace("2026-01-01,", "2026-01-01,2025-01-01"),
        VISIT.replace("99213,,", "99213,XXX,"),
    ]  # fmt: skip
    path = file(FEES + "".join(rows), "fees.csv")
    assert told(look(desk, path, "fees")) == {
        ("line 3", "row", "twice"), ("line 4", "code", "duplicate"), ("line 5", "row", "cells"),
        ("line 6", "price", "price"), ("line 7", "price", "price"),
        ("line 8", "price", "price"), ("line 9", "first_day", "dates"), ("line 10", "first_day", "date"),
        ("line 11", "code", "code"), ("line 12", "generic_words", "words"), ("line 13", "last_day", "dates"),
        ("line 14", "modifier", "modifier"),
    }  # fmt: skip
    with pytest.raises(Invalid):
        bring(desk, path, "fees")
    assert prices(desk) == {}
    assert bring(desk, path, "fees", skip=True).imported == 1


def test_a_list_of_other_columns_comes_in_through_a_map(desk, file):
    column_map = file(
        '[fees]\ndates = "iso"\n[fees.columns]\ncode = "Proc"\ndescription = "Text"\nprice = "Fee"\n'
        '[fees.constants]\ngeneric_words = "Medical service"\nfirst_day = "2027-01-01"\n',
        "map.toml",
    )
    path = file("Proc;Text;Fee\n99213;Visit;1,450.50\n", "list.csv")
    assert bring(desk, path, "fees", column_map).imported == 1
    fee = prices(desk, date(2027, 1, 1))["99213"]
    assert (fee.cents, fee.generic_words) == (1_450_50, "Medical service")
    assert look(desk, path, "fees", column_map).known == 1


def test_our_own_price_list_has_the_columns_of_an_import(desk):
    preview = look(desk, str(assets.path("demo_fees.csv")), "fees")
    assert (preview.ready, preview.refused) == (len(demo_fees()), 0)
    assert preview.rows == len(demo_fees())


OTHER_HEAD = "Chart Number,Surname,First_Name,DOB,GENDER,Address 1,City,ST,Zip Code,Home Phone,Fax\n"
OTHER_ROW = "77,Ortiz,Ana,3/7/1980,Female,14 Willow Lane,Rockport,ME,04856,(207) 555-0142,-\n"


def test_the_usual_column_names_of_other_systems_are_read_without_a_map_and_told(desk, file):
    path = file(OTHER_HEAD + OTHER_ROW)
    preview = look(desk, path)
    assert (preview.ready, preview.refused, preview.unread) == (1, 0, ("Fax",))
    assert dict(preview.read_as) == {
        "Chart Number": "source_ref", "Surname": "last", "First_Name": "first", "DOB": "birth_date", "GENDER": "sex",
        "Address 1": "street", "City": "city", "ST": "state", "Zip Code": "zip", "Home Phone": "phone",
    }  # fmt: skip
    bring(desk, path)
    (line,) = desk.ask(find_patients, FindPatients("ortiz"))
    made = desk.ask(open_patient, OpenPatient(line.id)).patient
    assert (made.birth_date, made.sex, made.phone) == (date(1980, 3, 7), "F", "2075550142")
    (again,) = [look(desk, path)]
    assert again.known == 1


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("last,first,birth_date,Home Phone,Cell Phone\n", "“Home Phone” and “Cell Phone” may each be phone"),
        ("Last Name,LAST_NAME,first,DOB\n", "“Last Name” and “LAST_NAME” may each be last"),
        ("Patient Name,DOB\n", "It is not clear what “Patient Name” is"),
    ],
)
def test_a_column_that_could_be_two_things_is_refused_by_name(desk, file, head, named):
    with pytest.raises(Invalid) as refused:
        look(desk, file(head + "a,b,c,d,e\n"))
    assert named in " ".join(each.text for each in refused.value.problems)


def test_our_own_name_of_a_field_is_never_doubted(desk, file):
    preview = look(desk, file("last,Surname,first,birth_date,phone,Cell Phone\nOrtiz,x,Ana,1980-10-31,,\n"))
    assert (preview.ready, preview.read_as, preview.unread) == (1, (), ("Surname", "Cell Phone"))


def test_policies_of_another_system_are_read_by_their_usual_names(desk, file):
    a_payer(desk, name="Pine State Health")
    bring(desk, file("MRN,Last,First,Birthdate\nP1,Ortiz,Ana,10/31/1980\n"))
    preview = look(
        desk, file("MRN,Insurance,Member ID,Effective Date\nP1,Pine State Health,W1,1/2/2024\n", "c.csv"), "coverages"
    )
    assert (preview.ready, preview.refused) == (1, 0), preview.problems


def test_no_name_stands_for_two_fields_of_one_kind():
    for kind, names in column_names._OTHERS.items():
        assert set(names) <= set(KINDS[kind].fields)
        meanings = [(each, name) for name in names for each in names[name].split()]
        meanings += [(column_names._plain(name), name) for name in KINDS[kind].fields]
        assert len({each for each, _ in set(meanings)}) == len(set(meanings)), kind
        assert all(each == column_names._plain(each) for each, _ in meanings)


SCHEDULED = FEES.replace("last_day", "last_day,schedule,claim_item")


def rows_of(vault, table, *names):
    with vault.reader.begin() as conn:
        found = conn.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))
        return {tuple(row) for row in found}


def test_a_price_list_says_the_schedule_and_whether_it_may_be_on_a_claim(desk, vault, file):
    visit = VISIT.rstrip("\n")
    path = file(SCHEDULED + f"{visit},Standard,yes\n{visit},Summit,no\n", "fees.csv")
    assert bring(desk, path, "fees").imported == 2
    assert rows_of(vault, t.fee, "schedule", "code", "cents", "claim_item") == {
        ("standard", "99213", 145_00, 1), ("Summit", "99213", 145_00, 0),
    }  # fmt: skip
    assert look(desk, path, "fees").known == 2
    plain = file(FEES + VISIT, "plain.csv")
    assert look(desk, plain, "fees").known == 1, "a list without the new columns is the standard schedule"
    claims = file(SCHEDULED + f"{visit},Summit,yes\n", "claims.csv")
    assert [(each.code, each.field) for each in look(desk, claims, "fees").warnings] == [("replaces", "claim_item")]
    wrong = file(SCHEDULED + f"{visit},{'S' * 41},perhaps\n", "wrong.csv")
    assert look(desk, wrong, "fees").refused == 1


RATES = "payer,plan,code,modifier,where,allowed,first_day,last_day\n"
RATE = "Summit PPO,,99213,,office,91.50,2026-01-01,\n"


def test_contract_rates_come_in_whole_or_not_at_all_and_follow_one_another(desk, vault, file):
    furnish(vault)
    path = file(RATES + RATE + RATE.replace("office", "22").replace("22", "facility"), "rates.csv")
    assert bring(desk, path, "rates").imported == 2
    names = ("code", "place_class", "cents", "first_day", "last_day")
    old = ("99213", "office", 91_50, date(2026, 1, 1))
    assert rows_of(vault, t.contract_rate, *names) == {
        (*old, None), ("99213", "facility", 91_50, date(2026, 1, 1), None),
    }  # fmt: skip
    assert (look(desk, path, "rates").ready, look(desk, path, "rates").known) == (0, 2)
    later = file(RATES + RATE.replace("91.50,2026", "93.25,2027"), "later.csv")
    assert bring(desk, later, "rates").imported == 1
    assert (*old, date(2026, 12, 31)) in rows_of(vault, t.contract_rate, *names)
    for each in (path, later):
        assert look(desk, each, "rates").ready == 0
    dearer = file(RATES + RATE.replace("91.50", "92.00"), "dearer.csv")
    assert [each.code for each in look(desk, dearer, "rates").warnings] == ["replaces"]


def test_every_wrong_contract_rate_is_refused_with_its_column(desk, vault, file):
    furnish(vault)
    rows = [
        RATE, RATE.replace("Summit", "Nobody"), RATE.replace("91.50", ""), RATE.replace("91.50", "9,1"),
        RATE.replace("91.50", "-1"), RATE.replace("office", "the moon"), RATE.replace("2026-01-01", ""),
        RATE.replace("2026-01-01,", "2026-01-01,2025-01-01"), RATE.replace("99213", "9*"),
        RATE.replace("99213,", "99213,ABC"), RATE.replace("91.50", "92.50"), RATE.replace("91.50", "1.005"),
    ]  # fmt: skip
    path = file(RATES + "".join(rows), "rates.csv")
    assert told(look(desk, path, "rates")) == {
        ("line 3", "payer", "payer"), ("line 4", "allowed", "cents"), ("line 5", "row", "cells"),
        ("line 6", "allowed", "cents"), ("line 7", "where", "place-class"), ("line 8", "first_day", "dates"),
        ("line 9", "last_day", "dates"), ("line 10", "code", "code"), ("line 11", "modifier", "modifier"),
        ("line 12", "code", "duplicate"), ("line 13", "allowed", "cents"),
    }  # fmt: skip
    with pytest.raises(Invalid):
        bring(desk, path, "rates")
    assert rows_of(vault, t.contract_rate, "id") == set()


def test_a_visit_that_is_there_and_a_day_without_coverage_are_warned_of_and_imported_once_confirmed(desk, vault, file):
    one = register(desk, coverages=[a_coverage(a_payer(desk))])
    a_visit(desk, one.patient_id, a_provider(desk, "Lindqvist", "Maja"), a_place(desk, "Harbor Street office"))
    head, where = "account,service_date,provider_name,place_name,self_pay,note\n", "Harbor Street office"
    row = f"{one.account},%s,Maja Lindqvist,%s,%s,\n"
    rows = (("2026-11-18", where, ""), ("2026-11-19", where, ""), ("2026-11-19", where.upper(), ""),
            ("2025-12-01", where, ""), ("2025-12-02", where, "yes"))  # fmt: skip
    path = file(head + "".join(row % each for each in rows))
    preview = look(desk, path, "visits")
    assert [(each.segment, each.code) for each in preview.warnings] == [
        ("line 2", "visit-twice"), ("line 4", "visit-twice"), ("line 5", "uncovered"),
    ]  # fmt: skip
    assert preview.refused == 0
    assert bring(desk, path, "visits").imported == preview.ready
