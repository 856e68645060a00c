"""Is the database whole? Asked in idle time after a sign-in, daily, and by `medbill doctor` (SECURITY D9)."""

from dataclasses import dataclass

from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import health
from medbill_desktop.usecases.declare import Reading, query

Finding = health.Finding


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Look at the structure, or where `full` is set at every page and reference as well."""

    full: bool = False


@dataclass(frozen=True, slots=True)
class HealthReport:
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        return not self.findings


@query("health.check", needs=Permission.RUN_BACKUP, audit="health.check")
def check_health(read: Reading, asked: CheckHealth) -> HealthReport:
    keys = read.session.backup_keys
    path = keys.folder / f"vault.{keys.epoch}.db"
    check = health.full_check if asked.full else health.quick_check
    report = HealthReport(check(path, keys.key_hex))
    read.entry.about("vault", keys.epoch, full=asked.full, findings=len(report.findings))
    return report
