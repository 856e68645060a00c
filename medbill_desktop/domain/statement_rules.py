"""What the practice decides about its statements (BILLING S5, S6)."""

from dataclasses import dataclass
from itertools import product
from typing import Final

from medbill_desktop.domain.checks import holds_card_number
from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.envelopes import PROFILES, prints_well
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings, Problem
from medbill_desktop.domain.statement_words import Language

MINIMUM: Final = Cents(5_00)
DEFAULT_MESSAGES: Final[dict[Step, str]] = {
    Step.CURRENT: "Thank you for choosing our practice. Please pay by the due date, or call us with any question.",
    Step.REMINDER: "This is a friendly reminder. If you have paid already, please accept our thanks.",
    Step.PAST_DUE: "This balance is past due. Please pay it, or call us to arrange payments that work for you.",
    Step.FINAL: "This is our final notice. Please call us by the due date, so that we can find a way together.",
}
SPANISH_MESSAGES: Final[dict[Step, str]] = {
    Step.CURRENT: "Gracias por elegirnos. Por favor, pague a más tardar en la fecha límite, o llámenos si tiene dudas.",
    Step.REMINDER: "Le enviamos este cordial recordatorio. Si ya pagó, le damos las gracias.",
    Step.PAST_DUE: "Este saldo está vencido. Por favor, páguelo o llámenos para acordar pagos que le convengan.",
    Step.FINAL: "Este es nuestro último aviso. Llámenos antes de la fecha límite y busquemos juntos una solución.",
}
ESTATE_MESSAGES: Final[dict[Language, str]] = {
    Language.ENGLISH: "We are sorry for your loss. This balance is asked of the estate alone, not of you. If you settle"
    " the estate, please pay it from there or call us; if somebody else does, please tell us who.",
    Language.SPANISH: "Lamentamos su pérdida. Este saldo se cobra únicamente a la sucesión, no a usted. Si usted la"
    " administra, por favor, páguelo con los fondos de esta o llámenos; si es otra persona, díganos quién.",
}
MESSAGE_STEPS: Final = tuple(DEFAULT_MESSAGES)


@dataclass(frozen=True, slots=True)
class StatementRules:
    """What the practice decides about its statements; kept in settings with an effective date."""

    minimum_cents: Cents = MINIMUM
    cycle_days: int = 28
    due_days: int = 21
    envelope: str = "10-thirds"
    current_message: str = DEFAULT_MESSAGES[Step.CURRENT]
    reminder_message: str = DEFAULT_MESSAGES[Step.REMINDER]
    past_due_message: str = DEFAULT_MESSAGES[Step.PAST_DUE]
    final_message: str = DEFAULT_MESSAGES[Step.FINAL]
    current_message_es: str = SPANISH_MESSAGES[Step.CURRENT]
    reminder_message_es: str = SPANISH_MESSAGES[Step.REMINDER]
    past_due_message_es: str = SPANISH_MESSAGES[Step.PAST_DUE]
    final_message_es: str = SPANISH_MESSAGES[Step.FINAL]
    estate_message: str = ESTATE_MESSAGES[Language.ENGLISH]
    estate_message_es: str = ESTATE_MESSAGES[Language.SPANISH]

    def message(self, step: Step, language: Language = Language.ENGLISH) -> str:
        """Return the practice's words for a step; a review has those of the final notice."""
        told = Step.FINAL if step is Step.REVIEW else step
        return str(getattr(self, message_field(told, language)))

    def estate_words(self, language: Language = Language.ENGLISH) -> str:
        """Return what an estate is told at every step: it is reminded, and never threatened."""
        return self.estate_message if language is Language.ENGLISH else self.estate_message_es

    def messages(self) -> dict[str, str]:
        """Return all the words of the practice by the name of their field."""
        told = {message_field(step, language): self.message(step, language)
                for step, language in product(MESSAGE_STEPS, Language)}  # fmt: skip
        return told | {estate_field(language): self.estate_words(language) for language in Language}


def message_field(step: Step, language: Language = Language.ENGLISH) -> str:
    """Return the name of the field that holds a step's words."""
    return f"{step.replace(' ', '_')}_message{'' if language is Language.ENGLISH else f'_{language}'}"


def estate_field(language: Language = Language.ENGLISH) -> str:
    return f"estate_message{'' if language is Language.ENGLISH else f'_{language}'}"


def check_rules(rules: StatementRules) -> tuple[Problem, ...]:
    """Judge the rules of a practice."""
    found = Findings()
    if not 0 <= rules.minimum_cents <= 100_00:
        found.stop("minimum", "minimum_cents", "The minimum lies between 0.00 and 100.00.")
    if not 7 <= rules.cycle_days <= 120:
        found.stop("cycle", "cycle_days", "The cycle lies between 7 and 120 days.")
    if not 7 <= rules.due_days <= 60:
        found.stop("due", "due_days", "The time to pay lies between 7 and 60 days.")
    if rules.envelope not in PROFILES:
        found.stop("envelope", "envelope", "This envelope is not known.", "Choose one of the list.")
    for where, message in rules.messages().items():
        if len(message) > MOST_MESSAGE:
            found.stop("message", where, f"The message is longer than {MOST_MESSAGE} letters.", "Shorten it.")
        if holds_card_number(message):
            found.stop("card-number", where, "This looks like a card number. Remove it.")
        if not prints_well(message):
            found.stop("message", where, "Paper can't carry this script.", "Write the message in other letters.")
    return found.stops()


MOST_MESSAGE: Final = 300
