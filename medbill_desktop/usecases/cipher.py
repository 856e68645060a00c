"""What the security page may say of the database without being believed blindly (SECURITY D2, K19)."""

from dataclasses import dataclass

from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import cipher
from medbill_desktop.usecases.declare import Reading, query

CipherFacts = cipher.CipherFacts


@dataclass(frozen=True, slots=True)
class AskCipher:
    """How is the database file encrypted?"""


@query("security.cipher", needs=Permission.SELF)
def cipher_facts(read: Reading, asked: AskCipher) -> CipherFacts:
    return cipher.cipher_facts(read.conn)
