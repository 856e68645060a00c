"""Why a balance is owed, told in Spanish to somebody addressed as usted (BILLING J7)."""

from datetime import date
from typing import Final

from medbill_desktop.domain.explain import ChargeStory, GuarantorStory
from medbill_desktop.domain.journal import REASONS, ReasonClass
from medbill_desktop.domain.money import Cents, format_dollars
from medbill_desktop.domain.statement_words import Language, service_in

REASON_WORDS: Final[dict[str, str]] = {
    "contractual": "Descuento de su plan", "sequestration": "Reducción federal",
    "payer_reduction": "Reducción del plan",
    "qmb_medicaid": "No se le puede cobrar a usted", "timely_filing": "Presentado fuera de plazo",
    "denial": "Rechazado por el plan", "no_authorization": "Sin autorización", "courtesy": "Descuento de cortesía",
    "prompt_pay": "Descuento por pronto pago", "hardship": "Reducido por dificultades económicas",
    "small_balance": "Saldo pequeño que no se cobra", "bad_debt": "Deuda incobrable",
    "bad_debt_recovery": "Deuda incobrable recuperada", "deceased": "Cancelado por fallecimiento",
    "bankruptcy": "Bancarrota", "wrong_coverage": "se cobró al plan equivocado",
    "coverage_ended": "la cobertura ya había terminado", "patient_choice": "usted así lo decidió",
    "patient_share": "es la parte que su plan le deja a usted",
}  # fmt: skip
_MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def tell_charge(story: ChargeStory, today: date) -> str:
    """Tell the story of one charge to the patient, ending with what they owe."""
    what = f"{service_in(Language.SPANISH, story.words)} {_days(story, today)}"
    if story.void:
        return f"{what}: se anuló. Usted no debe nada por este servicio."
    says = [f"{what}: el precio fue de {format_dollars(story.charged)}." if story.charged else f"{what}: sin costo."]
    says += (f"{payer} pagó {format_dollars(cents)}." for payer, cents in story.insurance_paid)
    says += (_took_off(reason, cents) for reason, cents in story.adjusted)
    if story.patient_paid:
        says.append(f"Usted pagó {format_dollars(story.patient_paid)}.")
    for payer, cents in story.pending:
        says.append(f"{payer} todavía no ha decidido sobre {format_dollars(cents)}; por ahora no tiene que pagarlos.")
    if story.owes or not story.pending:
        says.append(_ending(story))
    return " ".join(says)


def _ending(story: ChargeStory) -> str:
    if story.owes < 0:
        return f"Usted pagó {format_dollars(-story.owes)} de más."
    if story.owes == 0:
        return "No queda nada por pagar."
    leaves = f"Quedan {format_dollars(story.owes)} a su cargo"
    if story.moved is not None:
        return f"{leaves}, porque {REASON_WORDS.get(story.moved, story.moved)}."
    return f"{leaves}." if story.first_plan else f"No se cobra a ningún plan. {leaves}."


def _took_off(reason: str, cents: Cents) -> str:
    if cents < 0:
        return f"Volvimos a cargar {format_dollars(-cents)} que habíamos descontado."
    if REASONS.get(reason) is ReasonClass.CONTRACTUAL:
        return f"El precio de su plan es más bajo, así que se descontaron {format_dollars(cents)}."
    words = REASON_WORDS.get(reason, reason)
    return f"Descontamos {format_dollars(cents)} ({words[:1].lower()}{words[1:]})."


def tell_guarantor(story: GuarantorStory, today: date) -> str:
    """Tell someone what they owe in all."""
    says = []
    if story.owes > 0 and story.oldest is not None:
        day, owes = _day(story.oldest, today), format_dollars(story.owes)
        many = "un servicio del" if story.services == 1 else f"{story.services} servicios; el más antiguo es del"
        says = [f"Usted debe {owes} por {many} {day}."]
    elif story.lacking <= 0:
        says = [_over(story.over) if story.over else "Usted no debe nada ahora."]
    if story.lacking > 0:
        also = "Además debe" if says else "Usted debe"
        says.append(f"{also} {format_dollars(story.lacking)}: reembolsamos un pago que después el banco devolvió.")
    if story.credit > 0 and not story.over:
        says.append(f"Tenemos {format_dollars(story.credit)} que usted pagó y que todavía no se han usado.")
    if story.pending > 0:
        says.append(f"Sus planes todavía no han decidido sobre {format_dollars(story.pending)}.")
    return " ".join(says)


def _over(cents: Cents) -> str:
    uses = "Lo usaremos para sus próximos servicios, o se lo devolvemos si nos lo pide."
    return f"Usted tiene un saldo a favor de {format_dollars(cents)}; no tiene nada que pagar. {uses}"


def _days(story: ChargeStory, today: date) -> str:
    first, last = story.service_date, story.last_day
    if last is None:
        return f"del {_day(first, today)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"del {first.day} al {_day(last, today)}"
    return f"del {_day(first, today)} al {_day(last, today)}"


def _day(day: date, today: date) -> str:
    words = f"{day.day} de {_MONTHS[day.month - 1]}"
    return words if day.year == today.year else f"{words} de {day.year}"
