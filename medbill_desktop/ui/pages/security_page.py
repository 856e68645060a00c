"""How the practice is guarded, and what that does not help against, in honest words (SECURITY K19, K24, 10)."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QLabel

from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.security_computers import ComputersPanel
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.screen_capture import covered_words
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.system_events import hearing
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.setting import Prose
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.cipher import AskCipher, CipherFacts, cipher_facts
from medbill_desktop.usecases.devices import list_computers
from medbill_desktop.usecases.enrolment import offer_enrolments, withdraw_enrolment
from medbill_desktop.usecases.office import PROTECTED_FILE_WORDS
from medbill_desktop.usecases.practice import OpenPracticeCard, open_practice
from medbill_desktop.usecases.secret_move import secret_moved
from medbill_desktop.usecases.this_disk import disk_facts

LIMITS = (
    (
        "Malware, a key logger, or an administrator of this computer while the practice is open: what is open to you is"
        " open to them. The secret of this computer stops stolen disks and copied folders, not that."
    ),
    (
        "A person with rights who reads, remembers or photographs. The audit log finds and deters; it does not prevent."
        " On Linux nothing keeps other programs from taking a picture of the screen."
    ),
    (
        "Someone signed in who takes the data key out of the program, with effort. They can read and change the file of"
        " that time; old backups that they copied with a key stay readable for ever."
    ),
    (
        "Single pages of the file put back to an older state by someone without the key. A changed audit log is"
        " noticed, an old patient record is not. So we do not call it tamper-proof."
    ),
    f"{HONEST} The waiting after wrong passwords stops a person at the keyboard, not one who has the files.",
    (
        "Whoever holds the recovery kit and a backup, or the folder of the practice, has everything. Whoever loses the"
        " kit and every password has nothing: there is no back door."
    ),
    (
        "Memory of the computer and of its disk may keep fragments; deleting on an SSD is not wiping. Sizes and times"
        " of files can be seen."
    ),
    (
        "Paper, the memory of printers, files you save, and mail, once they have left the program. And the loss of all"
        " copies together: only a backup that this computer can't delete helps, such as a USB drive in a drawer."
    ),
)
MOVE_WORDS = (
    "Once the credential store of this computer answers, the secret can move there and the file is deleted. If a copy"
    " of the disk may have been made meanwhile, change the passwords as well."
)
NOT_PROVEN = "Not tried yet, so not claimed: the particulars of Windows and macOS, and a power failure in every moment."


class SecurityTab(SettingsTab):
    """Facts, the banner of the protected file, and the limits."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        column = self._column = self.scrolled()
        self.banner = StatusLine(Type.BODY)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(Space.THREE)
        self._facts.setVerticalSpacing(Space.ONE)
        self._facts.setColumnStretch(1, 1)
        self.values: dict[str, QLabel] = {}
        self.move_button = self.button(
            "Move it into the credential store", "Alt+M", self._on_move, case=secret_moved, name="move_secret"
        )
        self._move_words = Prose(MOVE_WORDS, "2")
        if page.shell.office is None or not page.shell.office.protected_file:
            self.keys.clear()
        column.addWidget(self.banner)
        column.addWidget(self._move_words)
        column.addWidget(self.move_button)
        column.addWidget(label("How the practice is guarded", Type.HEADING))
        column.addLayout(self._facts)
        column.addSpacing(Space.ONE)
        self.computers: ComputersPanel | None = None
        if page.shell.office is not None and self.desk.may(list_computers):
            out = self.button("Take out", "Alt+X", self._on_take_out, case=list_computers, name="take_out")
            code = self.button(
                "Show an enrolment code", "Alt+E", self._on_code, case=offer_enrolments, name="show_enrolment"
            )
            withdraw = self.button("Withdraw", "Alt+W", self._on_withdraw, case=withdraw_enrolment, name="withdraw")
            self.computers = ComputersPanel(page, out, code, withdraw)
            column.addWidget(self.computers)
            column.addSpacing(Space.ONE)
        column.addWidget(label("What this does not protect against", Type.HEADING))
        for words in (*LIMITS, NOT_PROVEN):
            column.addWidget(Prose(words))
        column.addStretch(1)

    def reload(self) -> None:
        office = self.page.shell.office
        facts = self.desk.ask(cipher_facts, AskCipher())
        card = self.desk.ask(open_practice, OpenPracticeCard())
        self.banner.say(PROTECTED_FILE_WORDS if office.protected_file else "", Tone.WARN)
        reveal(self._move_words, office.protected_file)
        reveal(self.move_button, office.protected_file)
        if self.computers is not None:
            self.computers.reload()
        for name, words in (*_lines(facts, office, card.lock_minutes), *_outside(office.places.path)):
            self._say(name, words)

    def focus_first(self) -> None:
        if (area := self._column.parentWidget()) is not None:
            area.setFocus()

    def _on_take_out(self) -> None:
        if self.computers is not None:
            self.computers.take_out()

    def _on_code(self) -> None:
        if self.computers is not None:
            self.computers.show_code()

    def _on_withdraw(self) -> None:
        if self.computers is not None:
            self.computers.withdraw()

    def _on_move(self) -> None:
        office = self.page.shell.office
        self.move_button.setEnabled(False)
        job = self.page.jobs.work(lambda watch: office.move_secret(), writes=True)
        job.on(self._on_moved, self._on_refused)

    @Slot(object)
    def _on_moved(self, _: object) -> None:
        self.reload()
        self.page.shell.say("The secret of this computer lies in its credential store now. The file is deleted.")

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.move_button.setEnabled(True)
        self.reload()
        self.page.say_error(error)

    def _say(self, name: str, words: str) -> None:
        if name not in self.values:
            at = len(self.values)
            value = self.values[name] = label(words, wrap=True)
            self._facts.addWidget(label(name, ink="2"), at, 0)
            self._facts.addWidget(value, at, 1)
        self.values[name].setText(words)
        self.values[name].setAccessibleName(f"{name}: {words}")


def _lines(facts: CipherFacts, office: Any, lock_minutes: int) -> tuple[tuple[str, str], ...]:
    cost = office.policy.cost
    if office.kind == "training":
        place = "In a file, as always in a training practice"
    elif office.protected_file:
        place = "In a protected file on this computer"
    else:
        place = "In the credential store of this computer"
    wiped = "Keys and pages are wiped from memory after use" if facts.memory_wiped else "Not wiped after use"
    return (
        (
            "Database",
            f"SQLCipher {facts.version}: AES-256, each page sealed by {facts.seal}",
        ),
        ("Cipher library", facts.provider),
        ("Passwords", f"Argon2id with {cost.m_kib // 1024} MiB of memory, {cost.t} passes, {cost.p} lanes"),
        ("Memory", wiped),
        ("Secret of this computer", place),
        ("Screen lock", f"After {lock_minutes} {'minute' if lock_minutes == 1 else 'minutes'} without input"),
        ("Lock of this computer", hearing.words),
        ("Backups", "Encrypted to the recovery kit and to the practice; read back whole before they count"),
        ("Network", "MedBill opens no connection; what leaves is what you print, save or back up"),
    )


def _outside(folder: Path) -> tuple[tuple[str, str], ...]:
    """What may lie on this computer outside the database, as far as it tells (SECURITY P8-P10)."""
    seen = disk_facts(folder)
    return (
        ("Disk", seen.disk_words),
        ("Swap space", seen.swap_words),
        ("Locked memory", seen.memory_words),
        ("Crash dumps", seen.dump_words),
        ("Pictures of the screen", covered_words()),
    )
