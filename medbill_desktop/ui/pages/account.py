"""My account: my password, my authenticator, my recovery codes (SECURITY K12, K23, K25)."""

from medbill_desktop.ui.dialogs.own_sign_in import AuthenticatorDialog, PasswordDialog, RenewDialog
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.theme import Space, Tone
from medbill_desktop.ui.widgets.role_ticks import say_roles
from medbill_desktop.ui.widgets.setting import Setting
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.joining import Enrolment
from medbill_desktop.usecases.practice import OpenPracticeCard, open_practice
from medbill_desktop.usecases.users import my_account

NO_CODES = "The training practice asks for no code."


class AccountPage(Page):
    """What a person changes of their own sign-in."""

    topics = frozenset({"users"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "My account")
        change = self.button("Change password", "Alt+W", self._on_password, name="own_password")
        replace = self.button("New authenticator", "Alt+A", self._on_authenticator, name="own_authenticator")
        renew = self.button("New recovery codes", "Alt+R", self._on_codes, name="own_codes")
        self._first = change
        password = Setting("Password", "A change needs the current password and a code. It never expires.", change)
        authenticator = Setting("Authenticator", f"For a new telephone. {HONEST}", replace)
        self.codes = Setting("Recovery codes", "Each stands in once for the authenticator.", renew)
        self.body.setSpacing(Space.TWO)
        for each in (password, authenticator, self.codes):
            self.add(each)
        self.body.addStretch(1)
        if shell.office.kind == "training":
            for button in (replace, renew):
                button.setEnabled(False)
                button.setToolTip(NO_CODES)
            authenticator.say(NO_CODES, Tone.INFO)

    def reload(self) -> None:
        me = self.desk.ask(my_account, None)
        self.say_title("My account", f"{me.name} · {say_roles(me.roles, self.desk.user.book)}")
        if self.shell.office.kind == "training":
            self.codes.say(NO_CODES, Tone.INFO)
        else:
            left = f"{me.codes_left} of 10 left."
            more = " Make new ones before you need them." if me.few_codes else ""
            self.codes.say(left + more, Tone.WARN if me.few_codes else Tone.OK)

    def focus_first(self) -> None:
        self._first.setFocus()

    def _on_password(self) -> None:
        PasswordDialog(self, self.jobs, self.shell).open()

    def _on_authenticator(self) -> None:
        practice = self.desk.ask(open_practice, OpenPracticeCard()).facts.name
        enrolment = Enrolment(self.desk.user.name, practice)
        AuthenticatorDialog(self, self.desk, self.jobs, self.shell, enrolment).open()

    def _on_codes(self) -> None:
        RenewDialog(self, self.jobs, self.shell).open()
