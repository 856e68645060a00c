"""What a half-typed form is kept under: the form, whose record it is opened on, and which line of it (SECURITY L11)."""

from dataclasses import dataclass

from medbill_desktop.domain.ids import Id

_PATIENT, _ABOUT = "patient=", "about="


@dataclass(frozen=True, slots=True)
class DraftName:
    """A form by its name, and its subject by ids alone: the name is read where the draft itself is sealed."""

    form: str
    patient_id: Id | None = None
    about: str = ""

    @property
    def key(self) -> str:
        """Return the one text that `read_name` reads again."""
        whose = [] if self.patient_id is None else [f"{_PATIENT}{self.patient_id}"]
        line = [f"{_ABOUT}{self.about.replace(' ', '_')}"] if self.about else []
        return " ".join([self.form, *whose, *line])


def read_name(key: str) -> DraftName:
    """Return the name that a draft was kept under; what nobody wrote so is a form without a subject."""
    form, *parts = key.split(" ")
    patient_id: Id | None = None
    about = ""
    for part in parts:
        value = part.partition("=")[2]
        if part.startswith(_PATIENT) and value.isascii() and value.isdecimal():
            patient_id = Id(int(value))
        elif part.startswith(_ABOUT):
            about = value
        else:
            return DraftName(key)
    return DraftName(form, patient_id, about)
