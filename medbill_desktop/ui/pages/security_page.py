"""How the practice is guarded, and what that does not help against, in honest words (SECURITY K19, K24, 10)."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from medbill_desktop.domain.protections import Level, Protection, SecurityState, protections
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.security_computers import ComputersPanel
from medbill_desktop.ui.pages.security_kits import KitsPanel
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.screen_capture import able, captured_words, covered_words, shield
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.system_events import hearing
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.setting import Prose
from medbill_desktop.ui.widgets.words import StatusLine, label, restyle, reveal
from medbill_desktop.usecases.cipher import AskCipher, CipherFacts, cipher_facts
from medbill_desktop.usecases.devices import list_computers
from medbill_desktop.usecases.enrolment import offer_enrolments, withdraw_enrolment
from medbill_desktop.usecases.kits import drill_kit, list_kits, renew_kit
from medbill_desktop.usecases.office import PROTECTED_FILE_WORDS
from medbill_desktop.usecases.practice import OpenPracticeCard, open_practice
from medbill_desktop.usecases.protections import (
    AskProtections,
    PrintProtections,
    print_protections,
    security_state,
)
from medbill_desktop.usecases.screen_pictures import LetPictures, let_pictures
from medbill_desktop.usecases.secret_move import secret_moved
from medbill_desktop.usecases.this_disk import Seen, disk_facts

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
        self._titles: dict[str, QLabel] = {}
        self._here: tuple[Protection, ...] = ()
        self.move_button = self.button(
            "Move it into the credential store", "Alt+M", self._on_move, case=secret_moved, name="move_secret"
        )
        self._move_words = Prose(MOVE_WORDS, "2")
        if page.shell.office is None or not page.shell.office.protected_file:
            self.keys.clear()
        column.addWidget(self.banner)
        column.addWidget(self._move_words)
        column.addWidget(self.move_button)
        self.judged = JudgedLines()
        self.printing = self.button(
            "Print this page", "Ctrl+P", self._on_print, case=print_protections, name="print_security"
        )
        self.pictures = self.button(
            "Let support see the screen", "Alt+K", self._on_pictures, case=let_pictures, name="let_pictures"
        )
        reveal(self.pictures, able())
        if self.desk.may(security_state):
            column.addWidget(label("What the practice does", Type.HEADING))
            column.addWidget(self.judged)
        buttons = QHBoxLayout()
        buttons.addWidget(self.printing)
        buttons.addWidget(self.pictures)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addWidget(label("How this computer is guarded", Type.HEADING))
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
        self.kits: KitsPanel | None = None
        if page.shell.office is not None and self.desk.may(list_kits):
            new = self.button("New kit", "Alt+N", self._on_new_kit, case=renew_kit, name="new_kit")
            drill = self.button("Try the kit", "Alt+T", self._on_drill, case=drill_kit, name="drill")
            self.kits = KitsPanel(page, new, drill)
            column.addWidget(self.kits)
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
        if self.kits is not None:
            self.kits.reload()
        self._here = (*_lines(facts, office, card.lock_minutes), *_outside(office.places.path))
        for each in self._here:
            self._say(each)
        if self.desk.may(security_state):
            self.page.ask(security_state, AskProtections(), self._on_state)

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

    def _on_new_kit(self) -> None:
        if self.kits is not None:
            self.kits.new()

    def _on_drill(self) -> None:
        if self.kits is not None:
            self.kits.drill()

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

    @Slot(object)
    def _on_state(self, state: SecurityState) -> None:
        self.judged.show_lines(protections(state))

    def _on_print(self) -> None:
        self.page.ask(print_protections, PrintProtections(self._here), self._on_printed)

    @Slot(object)
    def _on_printed(self, pdf: bytes) -> None:
        self.page.shell.preview("Security of the practice", pdf, suggested="security.pdf")

    def _on_pictures(self) -> None:
        self.page.run(let_pictures, LetPictures(self.desk.new_id()), self._on_pictures_let)

    @Slot(object)
    def _on_pictures_let(self, _: object) -> None:
        if (made := shield()) is not None:
            made.let_pictures()
        self.pictures.setEnabled(False)
        self.reload()

    def _say(self, line: Protection) -> None:
        name, weak = line.name, line.level is Level.WEAK
        if name not in self.values:
            at = len(self.values)
            self._titles[name], self.values[name] = label(name, ink="2"), label(line.words, wrap=True)
            self._facts.addWidget(self._titles[name], at, 0)
            self._facts.addWidget(self.values[name], at, 1)
        self._titles[name].setText(f"{name}: weak" if weak else name)
        self.values[name].setText(line.words)
        for each, ink in ((self._titles[name], "2"), (self.values[name], "")):
            each.setProperty("ink", "stop" if weak else ink)
            restyle(each)
        self.values[name].setAccessibleName(f"{self._titles[name].text()}: {line.words}")


class JudgedLines(QWidget):
    """A protection a line: icon and word for its state, and what to do where it is weak."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.THREE)
        self._grid.setVerticalSpacing(Space.ONE)
        self._grid.setColumnStretch(1, 1)
        self.lines: dict[str, StatusLine] = {}

    def show_lines(self, lines: tuple[Protection, ...]) -> None:
        for each in lines:
            if each.name not in self.lines:
                at = len(self.lines)
                self.lines[each.name] = StatusLine(Type.BODY)
                self._grid.addWidget(label(each.name, ink="2"), at, 0)
                self._grid.addWidget(self.lines[each.name], at, 1)
            words = f"{each.words} {each.do}".strip()
            self.lines[each.name].say(words, TONES[each.level])


TONES = {Level.GOOD: Tone.OK, Level.WEAK: Tone.STOP, Level.TOLD: Tone.NONE}


def _lines(facts: CipherFacts, office: Any, lock_minutes: int) -> tuple[Protection, ...]:
    cost = office.policy.cost
    weak_place = bool(office.protected_file) and office.kind != "training"
    if office.kind == "training":
        place = "In a file, as always in a training practice"
    elif weak_place:
        place = "In a protected file on this computer"
    else:
        place = "In the credential store of this computer"
    wiped = "Keys and pages are wiped from memory after use" if facts.memory_wiped else "Not wiped after use"
    told = (
        ("Database", f"SQLCipher {facts.version}: AES-256, each page sealed by {facts.seal}"),
        ("Cipher library", facts.provider),
        ("Passwords", f"Argon2id with {cost.m_kib // 1024} MiB of memory, {cost.t} passes, {cost.p} lanes"),
        ("Screen lock", f"After {lock_minutes} {'minute' if lock_minutes == 1 else 'minutes'} without input"),
        ("Lock of this computer", hearing.words),
        ("Backups", "Encrypted to the recovery kit and to the practice; read back whole before they count"),
        ("Network", "MedBill opens no connection; what leaves is what you print, save or back up"),
    )
    return (
        *(Protection(name, words) for name, words in told),
        Protection("Memory", wiped, Level.TOLD if facts.memory_wiped else Level.WEAK),
        Protection("Secret of this computer", place, Level.WEAK if weak_place else Level.TOLD),
    )


def _outside(folder: Path) -> tuple[Protection, ...]:
    """What may lie on this computer outside the database, as far as it tells (SECURITY P8-P10)."""
    seen = disk_facts(folder)
    return (
        Protection("Disk", seen.disk_words, Level.WEAK if seen.disk is Seen.NO else Level.TOLD),
        Protection("Swap space", seen.swap_words, Level.WEAK if seen.swap is Seen.NO else Level.TOLD),
        Protection("Locked memory", seen.memory_words),
        Protection("Crash dumps", seen.dump_words, Level.TOLD if seen.dumps_off else Level.WEAK),
        Protection("Pictures of the screen", covered_words(), Level.WEAK if captured_words() else Level.TOLD),
    )
