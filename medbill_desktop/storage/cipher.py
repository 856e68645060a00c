"""What guards the database file, as the file's own engine says (SECURITY D2)."""

from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class CipherFacts:
    """`seal` is the algorithm that proves each page, `memory_wiped` whether keys and pages are zeroed after use."""

    version: str
    provider: str
    seal: str
    memory_wiped: bool


def cipher_facts(conn: Connection) -> CipherFacts:
    """Ask the engine; nothing here is read from a constant of ours."""

    def told(name: str) -> str:
        return str(conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())

    return CipherFacts(
        version=told("cipher_version"),
        provider=told("cipher_provider_version"),
        seal=told("cipher_hmac_algorithm").replace("_", "-"),
        memory_wiped=told("cipher_memory_security") == "1",
    )
