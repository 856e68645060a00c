"""The six digits of an authenticator app (SECURITY K23).

The code guards the sign-in screen. It adds nothing against someone who copied the files, because its secret lies
inside the data it guards (SECURITY K24).
"""

import hmac
import re
from datetime import datetime
from typing import Final

import pyotp

STEP_SECONDS: Final = 30


def new_secret() -> str:
    """Return a new secret of 160 bits in Base32, as authenticator apps take it."""
    return pyotp.random_base32(32)


def uri(secret: str, user_name: str, issuer: str) -> str:
    """Return the `otpauth://` address that the QR shows; `issuer` names the practice in the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=issuer)


def check(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Return the step that the code belongs to, to be stored as the new `last_step`, or None where it is not right.

    A step of thirty seconds before or after passes; a step at or before `last_step` never does, so a code works once
    and a clock set back does not bring it back.
    """
    digits = re.sub(r"[ \u00a0-]", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    device = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (current - 1, current, current + 1):
        # All three are compared, so that the time taken does not tell which one it was.
        if step >= 0 and hmac.compare_digest(device.generate_otp(step), digits) and step > last_step:
            found = step
    return found


def code_at(secret: str, now: datetime) -> str:
    """Return the code that an authenticator shows at this moment; what is typed is never compared with it (`match`)."""
    return pyotp.TOTP(secret).generate_otp(int(now.timestamp()) // STEP_SECONDS)
