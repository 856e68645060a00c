"""Founding a practice (SECURITY K11): nothing lies on the disk until the kit was retyped and everything is written."""

import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert

from medbill_desktop import __version__
from medbill_desktop.domain import user_names
from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.domain.practice import PracticeFacts, check_practice, tidied
from medbill_desktop.domain.problems import Findings, Invalid, Problem, Refused
from medbill_desktop.domain.users import Role, User
from medbill_desktop.security import key_file, key_file_writer, passwords, recovery_kit
from medbill_desktop.security.device_memory import DeviceMemory, new_device
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.security.passwords import Judgement, fold_name
from medbill_desktop.security.secret_store import SecretStore, StoreTrouble
from medbill_desktop.storage import audit, users
from medbill_desktop.storage.engine import Vault, create_file, open_vault
from medbill_desktop.storage.migrate import migrate
from medbill_desktop.storage.tables import practice, workstation
from medbill_desktop.storage.tables import vault as vault_table
from medbill_desktop.usecases.joining import Enrolment
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.session import new_token
from medbill_desktop.usecases.sign_in import attempts_of

if TYPE_CHECKING:
    from medbill_desktop.usecases.desk import Desk
    from medbill_desktop.usecases.office import Office

FIRST_WORKSTATION: Final = 1


@dataclass(frozen=True, slots=True)
class NewPractice:
    """What setup asks about the practice, its owner and this computer."""

    facts: PracticeFacts
    owner_name: str
    workstation_name: str = "Front desk"
    kind: key_file.Kind = "practice"  # or "training"


class Founding:
    """A practice is founded: password, authenticator, printed and retyped kit, then all is written at once.

    Until `finish` nothing lies on the disk; dropping this object leaves nothing behind.
    """

    def __init__(self, office: "Office", form: NewPractice, store: SecretStore) -> None:
        """Raise Invalid with every problem of the form."""
        facts = tidied(form.facts)
        found = Findings(list(check_practice(facts)))
        for each in user_names.problems_of(form.owner_name, ()):
            found.stop(each.code, "owner_name", each.text, each.fix)
        if found.problems:
            raise Invalid(found.problems)
        self._office, self._form, self._facts, self._store = office, form, facts, store
        self._vault_id = secrets.token_hex(16)
        self._kit = recovery_kit.new_kit()
        self._retyped = False
        self.enrolment = Enrolment(user_names.normalised(form.owner_name), facts.name)

    @property
    def training(self) -> bool:
        return self._form.kind == "training"

    def judge(self, password: str) -> Judgement:
        """Judge the owner's password as it is typed; up to a tenth of a second."""
        return passwords.judge(
            password,
            context=[self._facts.name, self._facts.city, self._form.owner_name],
            has_totp=True,
            protected_file=self._store.kind == "file",
        )

    def kit_pdf(self) -> bytes:
        """Return the recovery kit as one page, to be printed straight or saved once."""
        # ReportLab is loaded where a page is wanted, and not at every start.
        from medbill_desktop.documents.recovery_kit import KitPage, recovery_kit_pdf

        page = KitPage(self._facts.name, self._vault_id, self._office.clock.today(), self._kit.line, self.kit_groups)
        return recovery_kit_pdf(page)

    @property
    def kit_groups(self) -> tuple[str, ...]:
        """The kit's line in groups, as it stands on the page."""
        return recovery_kit.in_groups(self._kit)

    def retype(self, typed: str) -> bool:
        """Tell whether the kit was retyped from the paper; raises Refused where it is no kit at all."""
        self._retyped = recovery_kit.matches(self._kit, typed)
        return self._retyped

    @property
    def missing(self) -> tuple[Problem, ...]:
        """What is still to be done before `finish`; in training no code is needed (SECURITY K30)."""
        found = Findings()
        if not self.training and not self.enrolment.proven:
            found.stop("code", "code", "Type a code from the authenticator first.")
        if not self._retyped:
            found.stop("kit", "kit", "Print the recovery kit, then type its line from the paper.")
        return found.stops()

    def finish(self, password: str) -> "Desk":
        """Write everything and open the practice for its owner; a failure leaves the folder empty."""
        if self.missing:
            raise Invalid(self.missing)
        if not self.training and not (verdict := self.judge(password)).ok:
            raise Refused(verdict.problems[0])
        return self._office.found(lambda: self._found(password))

    def _found(self, password: str) -> tuple[OpenPractice, User, str]:
        """Write all of it; the key file is last, and makes the folder a practice."""
        office, places = self._office, self._office.places
        made = IdMaker(FIRST_WORKSTATION)
        owner_id = made.make(office.clock.now())
        slot = key_file.make_slot(owner_id, user_names.normalised(self._form.owner_name), password, office.policy)
        device = new_device()
        data, opened, unlocked = key_file.new_vault(
            self._form.kind, slot, device.id, device.secret, [self._kit.recipient], self._vault_id
        )
        memory, holder = DeviceMemory(self._store, self._vault_id), KeyHolder(unlocked.dek)
        new = places.make(office.probe)
        office.lock_file.take()
        office.check_vacant()
        vault = None
        try:
            places.setup.mkdir(mode=0o700, exist_ok=True)
            memory.keep_device(device)
            path = places.database(1)
            create_file(path, holder.hex)
            migrate(path, holder.hex)
            vault = open_vault(path, holder.hex)
            opening = OpenPractice(
                places, office.clock, memory, device, opened, unlocked, holder, vault, FIRST_WORKSTATION, made
            )
            token = new_token()
            with vault.writer.begin() as conn:
                self._write(conn, opening, made, owner_id, token, lowered=slot.lowered)
            memory.keep(epoch=1, gen=opened.gen)
            opening.anchor()
            attempts_of(places, memory, device, self._vault_id, office.steady).enrol()
            key_file_writer.write_atomically(
                places.key_file, data, lambda back: key_file.check_written(back, device.id, device.secret, unlocked)
            )
        except BaseException:
            self._undo(vault, holder, memory, new=new)
            raise
        shutil.rmtree(places.setup, ignore_errors=True)
        roles = frozenset({Role.OWNER})
        return opening, User(owner_id, user_names.normalised(self._form.owner_name), roles), token

    def _write(
        self, conn: Connection, opening: OpenPractice, made: IdMaker, owner_id: Id, token: str, *, lowered: bool
    ) -> None:
        now, facts, form = self._office.clock.now(), self._facts, self._form
        conn.execute(
            insert(vault_table).values(
                id=1, vault_id=self._vault_id, kind=form.kind, epoch=1, gen=opening.opened.gen, created_at=now,
                app_version=__version__,
            )
        )  # fmt: skip
        conn.execute(
            insert(workstation).values(
                number=FIRST_WORKSTATION, device_id=opening.device.id, name=form.workstation_name.strip(),
                store_kind=self._store.kind, enrolled_at=now, enrolled_by=owner_id,
            )
        )  # fmt: skip
        enrolment, name = self.enrolment, user_names.normalised(form.owner_name)
        secret = enrolment.secret if enrolment.proven else None
        owner = users.UserRecord(
            owner_id, name, fold_name(name), frozenset({Role.OWNER}), True, secret, enrolment.step, now
        )
        users.add(conn, owner)
        codes = [users.CodeRecord(made.make(now), each.salt, each.digest) for each in enrolment.stored]
        users.replace_codes(conn, owner_id, codes, now)
        conn.execute(
            insert(practice).values(
                id=1, name=facts.name, street=facts.street, street2=facts.street2, city=facts.city, state=facts.state,
                zip=facts.zip, phone=facts.phone, npi=facts.npi, tin=facts.tin, taxonomy=facts.taxonomy,
                privacy_officer=owner_id, security_officer=owner_id,
            )
        )  # fmt: skip
        row = opening.row(
            owner_id, token, "practice.setup", owner=owner_id, store=self._store.kind, kit=1, lowered=lowered,
            authenticator=secret is not None,
        )  # fmt: skip
        audit.append(conn, row, opening.keys.link)

    def _undo(self, vault: Vault | None, holder: KeyHolder, memory: DeviceMemory, *, new: bool) -> None:
        holder.clear()
        if vault is not None:
            vault.close()
        places = self._office.places
        with suppress(OSError):
            places.key_file.unlink(missing_ok=True)
            places.setup.mkdir(mode=0o700, exist_ok=True)
            places.clear_aborted_setup()
        with suppress(StoreTrouble):
            memory.forget()
        self._office.lock_file.give_back_and_remove()
        if new:
            with suppress(OSError):
                places.path.rmdir()
