"""The fixed words of a statement in the languages that the practice can send (BILLING S2)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.dunning import Step


class Language(StrEnum):
    """What a guarantor reads."""

    ENGLISH = "en"
    SPANISH = "es"


LANGUAGE_WORDS: Final = {Language.ENGLISH: "English", Language.SPANISH: "Spanish"}


@dataclass(frozen=True, slots=True)
class StatementWords:
    """Every word that stands on each statement; braces take numbers, names and amounts."""

    steps: dict[Step, str]
    columns: tuple[str, str, str, str, str]  # charge, insurance paid, adjusted, you paid, you owe
    date: str
    service: str
    any_service: str
    through: str  # under the day on which a service of several days began
    line_waits: str
    block_waits: str
    together: str
    patient: str  # whose name no paper of ours can carry
    continued: str
    statement_date: str
    statement_number: str
    account: str
    pay_by: str
    short_facts: tuple[str, str, str, str]  # date, number, account, pay by: beside a large window
    amount_due: str
    questions: str
    call: str
    later_head: str
    services_above: str
    less_credit: str
    age: str
    days: str
    total: str
    page: str
    cut: str
    check_to: str
    short_check_to: str
    enclosed: str
    your_credit: str
    nothing_due: str
    credit_message: str  # in the place of a message that asks for money


_ENGLISH: Final = StatementWords(
    steps={
        Step.CURRENT: "Statement",
        Step.REMINDER: "Reminder",
        Step.PAST_DUE: "Past due",
        Step.FINAL: "Final notice",
        Step.REVIEW: "Statement",
    },
    columns=("Charge", "Insurance paid", "Adjusted", "You paid", "You owe"),
    date="Date",
    service="Service",
    any_service="Medical service",
    through="through {day}",
    line_waits="{cents} of it is still with insurance and not due now.",
    block_waits="Charges of {cents} are still with insurance. Nothing is due for them now.",
    together="Together for {name}",
    patient="Patient",
    continued="{name} (continued)",
    statement_date="Statement date",
    statement_number="Statement number",
    account="Account",
    pay_by="Please pay by",
    short_facts=("Date", "No.", "Acct", "Pay by"),
    amount_due="Amount due",
    questions="Questions about this statement?",
    call="Call us: {phone}",
    later_head="Statement {number} of {date}, account {account}",
    services_above="Services above",
    less_credit="Less your credit with us",
    age="Age of the balance",
    days="{days} days",
    total="Total",
    page="Page {page} of {pages}",
    cut="Please cut here and send this part with your payment",
    check_to="Make your check payable and mail it to",
    short_check_to="Make your check to",
    enclosed="Amount enclosed",
    your_credit="Your credit with us",
    nothing_due="No payment is due",
    credit_message="You have a credit of {cents}; no payment is due. We use it for your next services. If you would"
    " rather have it back, call us or ask at the desk for a refund.",
)
_SPANISH: Final = StatementWords(
    steps={
        Step.CURRENT: "Estado de cuenta",
        Step.REMINDER: "Recordatorio",
        Step.PAST_DUE: "Saldo vencido",
        Step.FINAL: "Último aviso",
        Step.REVIEW: "Estado de cuenta",
    },
    columns=("Cargo", "Pagó el seguro", "Ajuste", "Usted pagó", "Usted debe"),
    date="Fecha",
    service="Servicio",
    any_service="Servicio médico",
    through="hasta el {day}",
    line_waits="Hay ${cents} de este cargo en trámite con el seguro; por ahora no tiene que pagarlos.",
    block_waits="Hay cargos por ${cents} en trámite con el seguro. Por ahora no tiene que pagarlos.",
    together="Total de {name}",
    patient="Paciente",
    continued="{name} (continuación)",
    statement_date="Fecha",
    statement_number="Número",
    account="Cuenta",
    pay_by="Fecha límite",
    short_facts=("Fecha", "N.º", "Cuenta", "Límite"),
    amount_due="Total a pagar",
    questions="¿Tiene preguntas sobre su cuenta?",
    call="Llámenos al {phone}",
    later_head="Estado de cuenta {number} del {date}, cuenta {account}",
    services_above="Servicios indicados arriba",
    less_credit="Menos su saldo a favor",
    age="Antigüedad del saldo",
    days="{days} días",
    total="Total",
    page="Página {page} de {pages}",
    cut="Corte aquí y envíe esta parte con su pago",
    check_to="Haga su cheque a nombre de y envíelo a",
    short_check_to="Cheque a nombre de",
    enclosed="Cantidad que envía",
    your_credit="Su saldo a favor",
    nothing_due="No tiene nada que pagar",
    credit_message="Usted tiene un saldo a favor de {cents}; no tiene nada que pagar. Lo usaremos para sus próximos"
    " servicios. Si prefiere que se lo devolvamos, llámenos o pida un reembolso en la recepción.",
)
_WORDS: Final = {Language.ENGLISH: _ENGLISH, Language.SPANISH: _SPANISH}
# Who reads a statement for an estate neither was treated nor owes it.
_ESTATE_WORDS: Final = {
    Language.ENGLISH: replace(
        _ENGLISH,
        steps=dict.fromkeys(Step, "Estate account"),
        columns=("Charge", "Insurance paid", "Adjusted", "Paid", "Owed"),
        less_credit="Less the credit with us",
        your_credit="Credit with us",
        credit_message="The estate has a credit of {cents}; no payment is due. Please call us, so that we can pay it"
        " back to whoever settles the estate.",
    ),
    Language.SPANISH: replace(
        _SPANISH,
        steps=dict.fromkeys(Step, "Cuenta sucesoria"),
        columns=("Cargo", "Pagó el seguro", "Ajuste", "Pagado", "Se debe"),
        less_credit="Menos el saldo a favor",
        your_credit="Saldo a favor",
        credit_message="La sucesión tiene un saldo a favor de {cents}; no hay nada que pagar. Por favor, llámenos para"
        " que lo devolvamos a quien la administra.",
    ),
}
_MONTHS: Final = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")

# The general words that offices give their services; what is not here stands as the practice wrote it.
_SERVICES: Final = {
    "medical service": "Servicio médico",
    "office visit": "Consulta",
    "new patient visit": "Consulta de paciente nuevo",
    "laboratory": "Laboratorio",
    "lab": "Laboratorio",
    "test": "Prueba",
    "immunization": "Vacunación",
    "x-ray and imaging": "Radiografía y otras imágenes",
    "procedure in the office": "Procedimiento en el consultorio",
    "injection": "Inyección",
    "vaccine": "Vacuna",
    "vaccination": "Vacunación",
    "x-ray": "Radiografía",
    "imaging": "Estudio de imágenes",
    "procedure": "Procedimiento",
    "therapy": "Terapia",
    "supplies": "Materiales",
    "anesthesia": "Anestesia",
    "telehealth visit": "Consulta a distancia",
    "hospital visit": "Consulta en el hospital",
    "preventive visit": "Consulta preventiva",
    "balance brought forward": "Saldo anterior",
}


def words_in(language: Language, *, estate: bool = False) -> StatementWords:
    return (_ESTATE_WORDS if estate else _WORDS)[language]


def date_in(language: Language, day: date) -> str:
    """Return `11/25/2026`, or `25 nov 2026`: in Spanish 11/12 would be read as the eleventh of December."""
    if language is Language.ENGLISH:
        return show_date(day)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def age_in(language: Language, bucket: str) -> str:
    """Return `31–60 days` or `Over 120 days` in a language."""
    days = bucket if language is Language.ENGLISH else bucket.replace("Over", "Más de")
    return words_in(language).days.format(days=days)


def service_in(language: Language, words: str) -> str:
    """Return the generic words of a service in a language, as the practice wrote them where we have none."""
    given = words or words_in(language).any_service
    return given if language is Language.ENGLISH else _SERVICES.get(given.strip().casefold(), given)
