"""A bare window for one page and the workers behind it: the shell is stood in for, all else is real."""

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.ui.half_typed import Shelf
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.sizes import Sizes
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.drafts import DropDraft, SaveDraft, drop_draft, save_draft


class WrittenAtOnce:
    """Drafts as the Office keeps them, but written before it returns."""

    def __init__(self, desk):
        self._desk = desk

    def keep_draft(self, form, plain):
        self._desk.run(save_draft, SaveDraft(form, plain))

    def drop_draft(self, form):
        self._desk.run(drop_draft, DropDraft(form))

    def settle(self):
        pass


class PageWindow(QWidget):
    """Shows a page and notes what it asked of the shell."""

    def __init__(self, desk, size=(1214, 696)):
        super().__init__()
        self.setProperty("stage", True)
        self.desk, self.jobs = desk, Jobs(desk)
        self.sizes, self.office = Sizes(), None
        self.gone, self.said, self.kept, self.dropped, self.previewed = [], [], [], [], []
        self.backs, self.page, self.file, self.gone_on = 0, None, None, []
        self.drafts = Shelf(desk, WrittenAtOnce(desk), self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self.resize(*size)

    def put(self, kind, place=None):
        self.page = kind(self.desk, self.jobs, self)
        self.layout().addWidget(self.page)
        self.show()
        self.activateWindow()
        assert QTest.qWaitForWindowActive(self)
        self.page.open(place)
        self.page.focus_first()
        return self.page

    def go(self, key, place=None):
        self.gone.append((key, place))

    def back(self):
        self.backs += 1

    def go_on(self, key, patient_id=None):
        self.gone_on.append((key, patient_id))

    def say(self, words, tone=Tone.OK):
        self.said.append(words)

    def preview(self, title, pdf, *, suggested="document.pdf", printed=None):
        self.previewed.append((title, pdf))

    def choose_file(self, title, patterns, then):
        if self.file is not None:
            then(self.file)

    def choose_folder(self, title, then):
        if self.file is not None:
            then(self.file)

    def confirm(self, title, sentence, button, then):
        then()

    def keep_draft(self, page):
        self.kept.append(page.draft())

    def drop_draft(self, page):
        self.dropped.append(page.draft_form)

    def closeEvent(self, event):
        self.jobs.drop()  # an answer that comes now finds nobody, as at the end of a real window
        self.jobs.close()
        super().closeEvent(event)
