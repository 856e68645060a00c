"""Backup: how old the newest verified one is, where they go, make one, check one, come back from one (SECURITY B)."""

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from medbill_desktop.domain.backup_schedule import Light
from medbill_desktop.ui.jobs import Job, Jobs, explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.backup_texts import KIT_WORDS, CheckedFile, RestoreSteps, say_moment, say_size
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import Elided, Fact, IconLabel, KeyLine, StatusLine, label, reveal
from medbill_desktop.usecases.backup import (
    BackupLine,
    BackupMade,
    BackupStatus,
    ChooseTarget,
    MakeBackup,
    ShowBackups,
    TargetChosen,
    backup_status,
    choose_target,
    make_backup,
)
from medbill_desktop.usecases.backup_check import (
    BundleFacts,
    ConfirmRestore,
    RestoreWaits,
    VerifyBackup,
    restore_confirmed,
    restore_waits,
    verify_backup,
)
from medbill_desktop.usecases.desk import Desk

TONES: Final = {Light.GREEN: Tone.OK, Light.AMBER: Tone.WARN, Light.RED: Tone.STOP}
PATTERNS: Final = "Backups (*.mbb.age);;All files (*)"
OWN_FOLDER: Final = "the practice's own folder on this disk, until a folder is chosen"


def _state(line: BackupLine) -> Status:
    if line.deleted_at is not None:
        return Status(Tone.NONE, "Made room for newer")
    if line.verified_at is None:
        return Status(Tone.STOP, "Not verified")
    moment = say_moment(line.verified_at)
    day, _, hour = moment.partition(" ")
    return Status(Tone.OK, f"Verified {hour if day in say_moment(line.at) else moment}")


LINES: Final = (
    Column("at", "Made", Kind.CODE, 172, value=lambda row: say_moment(row.at)),
    Column("name", "File", Kind.NAME, 300),
    Column("disk", "On", width=104, value=lambda row: "Another disk" if row.other_disk else "This disk", drop=2),
    Column("bytes", "Size", Kind.COUNT, 76, value=lambda row: say_size(row.bytes), drop=1),
    Column("state", "Status", Kind.STATUS, stretch=True, value=_state),
)


class BackupPage(Page):
    """The light and what it stands for on top, the backups below."""

    topics = frozenset({"backup"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Backup")
        self._job: Job | None = None
        self._file: Path | None = None
        self.light = StatusLine(Type.STRONG)
        self.light.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._newest, self._counts = (
            Fact("Newest verified", role=Type.STRONG),
            Fact("Newest on another disk", role=Type.STRONG),
        )
        self.goes_to = label("", wrap=True, name="goes_to")
        self.table = Table(LINES, name="backups", spoken="Backups", sizes=shell.sizes,
                           empty="No backup yet. Ctrl+Enter makes one.")  # fmt: skip
        self._make_buttons()
        self._lay_out()
        self.table.opened.connect(self._on_opened)
        self.table.chosen.connect(self._on_row)
        self.panel.closed.connect(self._on_panel_gone)

    def _make_buttons(self) -> None:
        self.tools(
            self.button("How to restore", "Ctrl+H", self._on_steps, name="how_to_restore"),
            self.button("Check a file", "Ctrl+E", self._on_check, case=verify_backup, name="check_file"),
            self.button("Choose the folder", "Ctrl+O", self._on_folder, case=choose_target, name="choose_folder",
                        icon_name="ph.folder"),
        )  # fmt: skip
        self._once = self.button("Back up to a folder once", "Ctrl+Shift+B", self._on_once, case=make_backup)
        self._now = self.button(
            "Back up now", "Ctrl+Enter", self._on_now, case=make_backup, kind="primary", name="back_up_now"
        )
        self._stop = Button("Cancel", name="cancel_backup", pressed=self._on_cancel)
        self._stop.hide()
        self.action_bar.add(self._stop, self._once, self._now)
        self._tell()

    def _lay_out(self) -> None:
        facts = QHBoxLayout()
        facts.setContentsMargins(Metric.PAGE, 0, Metric.PAGE, 0)
        facts.setSpacing(Space.FOUR)
        light = QVBoxLayout()
        light.addWidget(self.light)
        light.addStretch(1)
        facts.addLayout(light, 1)
        facts.addWidget(self._newest)
        facts.addWidget(self._counts)
        self.body.addLayout(facts)
        self.add(self.goes_to)
        self._waits, self._confirm = StatusLine(Type.BODY), self.button(
            "It is right: delete the old one", "Ctrl+Shift+Y", self._on_confirm, case=restore_confirmed, name="confirm"
        )  # fmt: skip
        self._confirm.hide()
        waiting = QHBoxLayout()
        waiting.setContentsMargins(Metric.PAGE, 0, Metric.PAGE - Metric.RING, 0)
        waiting.addWidget(self._waits, 1)
        waiting.addWidget(self._confirm)
        self.body.addLayout(waiting)
        self.add(self.table, 1)
        self.add(KeyLine(("Enter", "checks the chosen backup")))
        self._where = Elided("", Type.CAPTION, "2")
        self.add(self._where)
        kit = QHBoxLayout()
        kit.setContentsMargins(Metric.PAGE, 0, Metric.PAGE, 0)
        kit.setSpacing(Space.ONE)
        kit.addWidget(IconLabel("ph.key", "text2"), 0, Qt.AlignmentFlag.AlignTop)
        kit.addWidget(label(KIT_WORDS, Type.CAPTION, "2", wrap=True), 1)
        self.body.addLayout(kit)

    def reload(self) -> None:
        self.jobs.ask(backup_status, ShowBackups()).on(self._on_status, self.say_error)
        self.jobs.ask(restore_waits, RestoreWaits()).on(self._on_waits, self.say_error)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self.close_panel()

    @Slot(object)
    def _on_status(self, status: BackupStatus) -> None:
        chip = status.chip
        self.light.say(f"{chip.text}. {chip.fix}".strip() if chip.fix else chip.text, TONES[chip.light])
        self._newest.show_figure(say_moment(status.newest) if status.newest else "—")
        self._counts.show_figure(say_moment(status.counts) if status.counts else "—")
        # A training practice goes by any backup of its own, so the other disk has no figure there.
        reveal(self._counts, getattr(self.shell.office, "kind", "") != "training")
        self.goes_to.setText(f"Backups go to {status.target if status.target_chosen else OWN_FOLDER}")
        self.table.show_rows(status.lines)

    @Slot(object)
    def _on_waits(self, count: int) -> None:
        words = "A restore put this practice here. Look at it, then confirm; until then the replaced files are kept."
        self._waits.say(words if count else "", Tone.WARN)
        reveal(self._confirm, count > 0)

    def _tell(self) -> None:
        runs = self._job is not None
        reveal(self._stop, runs)
        for each in (self._once, self._now):
            each.setEnabled(not runs and not self._form_is_open and self.desk.may(make_backup))
        if not runs:
            self.action_bar.say("Encrypted, read back whole and compared before it counts as verified.")

    @property
    def _form_is_open(self) -> bool:
        return self._file is not None

    def _on_now(self) -> None:
        self._start(MakeBackup(self.desk.new_id()))

    def _on_once(self) -> None:
        self.shell.choose_folder("Back up to this folder once", self._on_once_folder)

    def _on_once_folder(self, folder: Path) -> None:
        self._start(MakeBackup(self.desk.new_id(), str(folder)))

    def _start(self, command: MakeBackup) -> None:
        if self._job is not None:
            return
        job = self._job = self.run(make_backup, command, self._on_made, "Making a backup")
        job.progressed.connect(self._on_progress)
        job.cancelled.connect(self._on_cancelled)
        job.finished.connect(self._on_finished)
        self.action_bar.say("Making a backup")
        self._tell()

    @Slot(object, object, str)
    def _on_progress(self, done: int, total: int, text: str) -> None:
        if self._job is None:
            return
        left = self._job.seconds_left(done, total)
        rest = f"; {left} seconds left" if left else ""
        share = f" {100 * done // total} %" if total else ""
        self.action_bar.say(f"{text}{share}{rest}")

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _on_cancelled(self) -> None:
        self.shell.say("The backup was cancelled; nothing of it was left.", Tone.WARN)

    @Slot()
    def _on_finished(self) -> None:
        self._job = None
        self._tell()

    @Slot(object)
    def _on_made(self, made: BackupMade) -> None:
        tone, where = (Tone.OK, "") if made.other_disk else (Tone.WARN, " It lies on the same disk as the practice.")
        self.shell.say(f"Backup made and verified, {say_size(made.bytes)}.{where}", tone)

    def _on_folder(self) -> None:
        self.shell.choose_folder("Folder for backups", self._on_target)

    def _on_target(self, folder: Path) -> None:
        self.run(choose_target, ChooseTarget(self.desk.new_id(), str(folder)), self._on_chosen)

    @Slot(object)
    def _on_chosen(self, chosen: TargetChosen) -> None:
        if chosen.other_disk:
            self.shell.say("Backups go there from now on.")
        else:
            self.shell.say("That folder is on the same disk as the practice: the light stays red.", Tone.WARN)

    def _on_steps(self) -> None:
        self._file = None
        self.open_panel("How to restore", RestoreSteps())
        self._tell()

    def _on_check(self) -> None:
        self.shell.choose_file("Check a backup", PATTERNS, self._on_file)

    @Slot(object)
    def _on_row(self, line: BackupLine | None) -> None:
        self._where.show_words("" if line is None else f"Lies in {line.target}")

    @Slot(object)
    def _on_opened(self, line: BackupLine) -> None:
        """Check the chosen backup where it lies."""
        if line.deleted_at is None and self.desk.may(verify_backup):
            self._on_file(Path(line.target) / line.name)

    def _on_file(self, file: Path) -> None:
        self._file = file
        form = self._form = PanelForm(self, file.name, "Check it", self._on_verify, no_draft="The kit is a secret.")
        form.form.add("kit", "Line of the recovery kit", LineField(name="kit", most=400), 0, 0, 12)
        form.add_note("Left empty, the key is used that this practice keeps for its own backups. To prove that the"
                      " paper opens it, type the line from the paper.")  # fmt: skip
        self._tell()
        form.open("Check a backup")

    def _on_verify(self) -> None:
        form = self._form
        kit, file = form.form.text("kit"), self._file
        if file is None:
            return
        form.confirm.setEnabled(False)
        form.form.clear_problems()
        job = self.jobs.ask(verify_backup, VerifyBackup(str(file), kit), "Checking a backup")
        job.on(self._on_verified, self._on_not_verified)

    @Slot(object)
    def _on_verified(self, facts: BundleFacts) -> None:
        self._file = None
        here: Any = getattr(self.shell.office, "vault_id", None)
        self.open_panel("The backup is whole", CheckedFile(facts, here in (None, facts.vault)))
        self._tell()

    @Slot(object)
    def _on_not_verified(self, error: object) -> None:
        if self._file is not None:
            self._form.confirm.setEnabled(True)
            self._form.form.fields["kit"].say(explain(error))
        else:
            self.say_error(error)

    @Slot()
    def _on_panel_gone(self) -> None:
        self._file = None
        self._tell()

    def _on_confirm(self) -> None:
        sentence = "The files that the restore replaced are deleted for good. Is everything in the practice right?"
        self.shell.confirm("Delete the replaced files", sentence, "Delete them", self._confirmed)

    def _confirmed(self) -> None:
        self.run(restore_confirmed, ConfirmRestore(self.desk.new_id()), self._on_confirmed)

    @Slot(object)
    def _on_confirmed(self, count: int) -> None:
        self.shell.say("The replaced files are deleted; the restore is settled.")
