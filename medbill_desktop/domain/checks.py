"""What an identifier, an address part or a typed text must look like (EDI K22-K23, BILLING S8)."""

import re
import unicodedata
from typing import Final

_STATES: Final = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware"
    "|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas"
    "|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi"
    "|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York"
    "|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island"
    "|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington"
    "|WV West Virginia|WI Wisconsin|WY Wyoming|AS American Samoa|GU Guam|MP Northern Mariana Islands|PR Puerto Rico"
    "|VI Virgin Islands|AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific"
)
STATES: Final[dict[str, str]] = {each[:2]: each[3:] for each in _STATES.split("|")}
_BY_NAME: Final = {name.casefold(): code for code, name in STATES.items()}
# Blanks, dashes and signs without width, as a keyboard, a spreadsheet or a web page may set them between digits.
_BETWEEN: Final = "[\\s\u00ad\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff-]+"
_DIGIT_RUN: Final = re.compile(rf"\d+(?:{_BETWEEN}\d+)*")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_UUID: Final = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.ASCII | re.IGNORECASE)
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
CARD_WORDS: Final = "This looks like a card number. Remove it."


def luhn(digits: str) -> bool:
    """Tell whether the digits end with their Luhn check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_npi(text: str) -> bool:
    """Ten digits, first 1 or 2, Luhn over 80840 and the number (EDI K22)."""
    return re.fullmatch(r"[12]\d{9}", text, re.ASCII) is not None and luhn("80840" + text)


def is_tin(text: str) -> bool:
    """Nine digits, the dash of an EIN allowed."""
    return re.fullmatch(r"\d{9}|\d{2}-\d{7}", text, re.ASCII) is not None


def is_taxonomy(text: str) -> bool:
    """Ten characters, the last an X (EDI K23)."""
    return re.fullmatch(r"[0-9A-Z]{9}X", text) is not None


def is_place_of_service(text: str) -> bool:
    """Two digits, 01 to 99."""
    return re.fullmatch(r"\d\d", text, re.ASCII) is not None and text != "00"


def is_member_id(text: str) -> bool:
    """2 to 80 printable characters without blanks at the ends, as NM109 holds them."""
    return 2 <= len(text) <= 80 and text == text.strip() and re.fullmatch(r"[0-9A-Za-z .\-/]+", text) is not None


def is_email(text: str) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text) is not None


def phone_digits(text: str) -> str | None:
    """Return the ten digits of a US telephone number, a leading 1 dropped; None where it is none."""
    if not re.fullmatch(r"[\d\s().+\-/]*", text, re.ASCII):
        return None
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return digits if len(digits) == 10 and digits[0] not in "01" else None


def show_phone(digits: str) -> str:
    """Return `(207) 555-0100`; anything but ten digits as it is."""
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else digits


def zip_digits(text: str) -> str | None:
    """Return 5 or 9 digits; None where the text is no ZIP code."""
    found = re.fullmatch(r"(\d{5})(?:[- ]?(\d{4}))?", text.strip(), re.ASCII)
    return None if found is None else found[1] + (found[2] or "")


def show_zip(digits: str) -> str:
    """Return `04856-1234`."""
    return f"{digits[:5]}-{digits[5:]}" if len(digits) == 9 else digits


def state_code(text: str) -> str | None:
    """Return the two letters of a state or territory given by letters or name; None where there is no such."""
    typed = " ".join(text.split())
    return typed.upper() if typed.upper() in STATES else _BY_NAME.get(typed.casefold())


def ssn_digits(text: str) -> str | None:
    """Return the nine digits of an SSN; None where it is none. Not checked for ever having been issued."""
    found = re.fullmatch(r"(\d{3})-?(\d{2})-?(\d{4})", text.strip(), re.ASCII)
    return None if found is None else "".join(found.groups())


def holds_card_number(text: str) -> bool:
    """Tell whether 13 to 19 digits of any script, blanks and dashes of any kind ignored, pass Luhn (BILLING S8).

    Neighbouring groups of digits are tried in every combination, so that an expiry date behind the number hides
    nothing. A UUID is no card number, though one in ten would pass.
    """
    if len(text) < _SHORTEST_CARD:
        return False
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(each, each)) for each in text)
    for found in _DIGIT_RUN.finditer(_UUID.sub("", text)):
        groups = re.split(_BETWEEN, found[0])
        for first in range(len(groups)):
            digits = ""
            for group in groups[first:]:
                digits += group
                if len(digits) > _LONGEST_CARD:
                    break
                if len(digits) >= _SHORTEST_CARD and luhn(digits) and digits.strip("0"):
                    return True
    return False


def unprintable(text: str) -> bool:
    """Tell whether a text holds control characters, which no field of ours needs."""
    return _CONTROL.search(text) is not None


def phone_stored(text: str) -> str | None:
    """Return ten digits, or `+` and the digits of a number abroad; None where the text is neither."""
    if (digits := phone_digits(text)) is not None:
        return digits
    abroad = re.sub(r"[\s().\-/]", "", text)
    return abroad if re.fullmatch(r"\+[2-9]\d{6,14}", abroad, re.ASCII) else None
