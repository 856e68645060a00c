import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from medbill_desktop.security import totp

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_of_rfc_6238(seconds, code):
    assert totp.check(SECRET, code, at(seconds), 0) == seconds // 30
    assert totp.code_at(SECRET, at(seconds)) == code


def test_a_code_works_once():
    code = totp.code_at(SECRET, NOW)
    step = totp.check(SECRET, code, NOW, 0)
    assert step is not None
    assert totp.check(SECRET, code, NOW, step) is None


def test_one_step_to_either_side_passes_and_two_do_not():
    for steps, passes in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = totp.code_at(SECRET, NOW + timedelta(seconds=30 * steps))
        assert (totp.check(SECRET, code, NOW, 0) is not None) is passes


def test_the_step_before_an_accepted_one_is_refused():
    step = totp.check(SECRET, totp.code_at(SECRET, NOW), NOW, 0)
    earlier = totp.code_at(SECRET, NOW - timedelta(seconds=30))
    assert totp.check(SECRET, earlier, NOW, step) is None
    later = totp.code_at(SECRET, NOW + timedelta(seconds=30))
    assert totp.check(SECRET, later, NOW, step) == step + 1


def test_a_clock_set_back_brings_no_code_back():
    step = totp.check(SECRET, totp.code_at(SECRET, NOW), NOW, 0)
    back = NOW - timedelta(hours=1)
    assert totp.check(SECRET, totp.code_at(SECRET, back), back, step) is None


def test_the_code_may_be_typed_in_two_groups_and_nothing_else():
    code = totp.code_at(SECRET, NOW)
    assert totp.check(SECRET, f" {code[:3]} {code[3:]}", NOW, 0) is not None
    arabic = code.translate({ord("0") + n: 0x0660 + n for n in range(10)})
    for wrong in ("", code[:5], code + "0", arabic, "abcdef", code.replace(code[0], "x")):
        assert totp.check(SECRET, wrong, NOW, 0) is None


def test_new_secrets_have_160_bits_and_the_address_names_practice_and_user():
    made = totp.new_secret()
    assert len(made) == 32
    assert made != totp.new_secret()
    address = totp.uri(made, "Ruth Calder", "Harbor Street")
    assert address.startswith("otpauth://totp/Harbor%20Street:Ruth%20Calder?secret=" + made)


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("oathtool") is None, reason="install oathtool")
@pytest.mark.parametrize("hours", [0, 1, 77, 9000])
def test_oathtool_agrees(hours):
    moment = NOW + timedelta(hours=hours, seconds=hours)
    secret = totp.new_secret()
    command = ["oathtool", "--totp=sha1", "--base32", "--now", moment.strftime("%Y-%m-%d %H:%M:%S UTC"), "-"]
    answer = subprocess.run(command, input=secret, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == totp.code_at(secret, moment)
