"""Files in the layouts of CMS, made up: the real ones are never part of the program, but for ICD-10-CM."""

import gzip

from medbill_desktop import assets
from medbill_desktop.domain.code_books import CodeBook


def shipped_book():
    text = gzip.decompress(assets.path("codes/icd10cm.txt.gz").read_bytes()).decode()
    return CodeBook(text.partition("\n")[2].rstrip("\n"))


def order_lines(rows):
    """Lines of an ICD-10-CM order file (EDI K10)."""
    for at, row in enumerate(rows, 1):
        yield f"{at:05d} {row.code:<7} {int(row.billable)} {row.words[:60]:<60} {row.words}\r\n"


def order_file(folder, rows, name="icd10cm-order-2027.txt"):
    path = folder / name
    path.write_bytes("".join(order_lines(rows)).encode())
    return path


def hcpcs_line(code, words, record="3", first="20200101", ended="", added="20200101"):
    """A line of an ANWEB file (EDI K11)."""
    head = f"{code:<5}" if record in "34" else f"   {code}"
    line = f"{head}00100{record}{words:<80}{words[:28]:<28}"
    return f"{line:<268}{added:<8}{first:<8}{ended:<8}N\r\n"


def hcpcs_file(folder, *lines, name="HCPC2026_OCT_ANWEB.txt"):
    path = folder / name
    lines = lines or (
        hcpcs_line("A4550", "Tray of instruments"),
        hcpcs_line("G0008", "Giving a vaccine against"),
        hcpcs_line("G0008", "influenza", "4"),
        hcpcs_line("J1885", "Ketorolac, 15 mg"),
        hcpcs_line("Q9999", "Something that ended", ended="20260630"),
        hcpcs_line("V2020", "Frames"),
        hcpcs_line("GA", "Waiver on file", "7"),
    )
    path.write_bytes("".join(lines).encode("cp1252"))
    return path


# As they stand over the columns of PPRRVU2025_Oct.csv, each name spread over the rows above one another.
RVU_HEADS = tuple(
    line.split(",")
    for line in (
        ",,2025 National Physician Fee Schedule Relative Value File October Release,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
        ",, ,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
        ",,RELEASED 09/11/2025,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
        ",, , ,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,",
        ",,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED",
        ",,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,FOR OPPS",
        (
            ",,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,"
            "BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT"
        ),
        (
            "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,"
            "OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT"
        ),
    )
)


def rvu_line(code, mod="", work="1.30", office="1.33", facility="0.55", mp="0.10", factor="33.4009"):
    cells = [code, mod, '"not, ours"', "A", "", work, office, "", facility, "NA", mp, "0.69", "0.69", "0", "XXX"]
    return ",".join([*cells, *["0.00"] * 3, *"00000", "", factor, "09", "0", "99", *["0.00"] * 3])


def rvu_file(folder, *lines, name="PPRRVU2026_Oct.csv"):
    path = folder / name
    lines = lines or (rvu_line("99213"), rvu_line("99214", work="1.92", office="1.92"), rvu_line("93000", "26"))
    path.write_bytes("".join(f"{each}\r\n" for each in (*(",".join(h) for h in RVU_HEADS), *lines)).encode("cp1252"))
    return path


def gpci_file(folder, name="GPCI2026.csv"):
    path = folder / name
    path.write_bytes(
        b"ADDENDUM E,,,,,,\r\n"
        b"Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,"
        b"2026 PW GPCI (with 1.0 Floor),2026 PE GPCI,2026 MP GPCI\r\n"
        b"14112,ME,03,SOUTHERN MAINE,1.000,1.007,0.613\r\n"
        b"14112,ME,99,REST OF STATE,1.000,0.921,0.613\r\n"
        b'"* a note",,,,,,\r\n'
    )
    return path


def ncci_file(folder, *lines, name="ccipra-v323r0-f1.txt"):
    path = folder / name
    lines = lines or (
        "93000\t93005\t*\t20200101\t*\t0\tMore extensive",
        "99213\t36415\t*\t20200101\t*\t1\tStandards",
        "99213\t94010\t*\t20200101\t20260630\t1\tStandards",
        "99214\t36415\t*\t20200101\t*\t9\tStandards",
    )
    path.write_bytes("".join(f"{each}\r\n" for each in ("Column 1\tColumn 2\t*\tDate\tDate\tMod", *lines)).encode())
    return path


def mue_file(folder, *lines, name="MCR_MUE_PractitionerServices_Eff_10-01-2026.csv"):
    path = folder / name
    lines = lines or ("99213,2,3 Date of Service Edit: Clinical,x", "85025,4,3 Date of Service Edit: Clinical,x",
                      "93000,3,1 Line Edit,x")  # fmt: skip
    path.write_bytes(
        "".join(
            f"{each}\r\n"
            for each in ('"A banner,\r\n\r\nthat says much",,,', '"HCPCS/\r\nCPT Code",Units,MAI,Why', *lines)
        ).encode()
    )
    return path
