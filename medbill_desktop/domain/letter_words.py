"""The fixed words of papers beside the statement, in the languages that the practice can send (BILLING S9, S13, J7)."""

from dataclasses import dataclass
from typing import Final

from medbill_desktop.domain.statement_words import Language


@dataclass(frozen=True, slots=True)
class WhyWords:
    """Of `Why do I owe this?` on paper."""

    title: str
    grid: str
    heads: tuple[str, str, str]
    left: str
    more: str
    rest: str
    service: str
    elsewhere: str
    with_insurance: str
    questions: str
    printed: str
    owes: str
    estate: str


@dataclass(frozen=True, slots=True)
class AgreementWords:
    """Of a payment plan to be signed."""

    title: str
    plan: str
    date: str
    grid: str
    heads: tuple[str, str, str]
    together: str
    agreed: str
    kept: str
    broken: str
    signs: str
    practice_signs: str


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """Of a receipt."""

    title: str
    void_title: str
    number: str
    date: str
    received_from: str
    by: str
    amount: str
    service_date: str
    service: str
    paid: str
    kept: str
    together: str
    owe: str
    void: str
    thanks: str
    methods: tuple[str, str, str, str]  # cash, check, card, transfer


WHY: Final = {
    Language.ENGLISH: WhyWords(
        title="Why do I owe this?",
        grid="How it came to this",
        heads=("Date", "What", "Amount"),
        left="Left",
        more="{many} more",
        rest="All of them stand on your statements. Ask at the desk, and we go through the others with you.",
        service="Medical service",
        elsewhere="Billed separately",
        with_insurance="{cents} is with your insurance and not due from you now.",
        questions="Questions? Call us: {phone}",
        printed="Printed",
        owes="You owe",
        estate="It is asked of the estate alone: nobody else has to pay it with their own money.",
    ),
    Language.SPANISH: WhyWords(
        title="¿Por qué debo esto?",
        grid="Cómo se llegó a este saldo",
        heads=("Fecha", "Concepto", "Importe"),
        left="Queda",
        more="{many} más",
        rest="Todos aparecen en sus estados de cuenta. Pregunte en la recepción y revisaremos los demás con usted.",
        service="Servicio médico",
        elsewhere="Servicios que se cobran por separado",
        with_insurance="Hay {cents} en trámite con su seguro; por ahora no tiene que pagarlos.",
        questions="¿Tiene preguntas? Llámenos al {phone}",
        printed="Impreso",
        owes="Usted debe",
        estate="Se cobra únicamente a la sucesión: nadie más tiene que pagarlo con su propio dinero.",
    ),
}
AGREEMENT: Final = {
    Language.ENGLISH: AgreementWords(
        title="Payment plan",
        plan="Plan",
        date="Date",
        grid="Instalments",
        heads=("No.", "Due", "Amount"),
        together="Together",
        agreed="{name} will pay {cents} in {many} instalments as listed. There is no interest, no fee and no finance"
        " charge.",
        kept="Each payment is used for the oldest services first. You may pay more, or all of it, at any time. While"
        " the plan is kept we send no further statements for this balance and take no other step to collect it.",
        broken="An instalment that is more than ten days late ends this agreement unless we agree otherwise. Please"
        " call us before the due date if you cannot pay it.",
        signs="For the account: name, date",
        practice_signs="{name}: name, date",
    ),
    Language.SPANISH: AgreementWords(
        title="Plan de pagos",
        plan="Plan",
        date="Fecha",
        grid="Cuotas",
        heads=("N.º", "Vence", "Importe"),
        together="Total",
        agreed="{name} pagará {cents} en {many} cuotas, según la lista. No hay intereses, comisiones ni cargos por"
        " financiamiento.",
        kept="Cada pago se aplica primero a los servicios más antiguos. Usted puede pagar más, o todo, en cualquier"
        " momento. Mientras se cumpla el plan no enviamos más estados de cuenta por este saldo ni tomamos otras medidas"
        " para cobrarlo.",
        broken="Una cuota con más de diez días de atraso termina este acuerdo, salvo que acordemos otra cosa. Por"
        " favor, llámenos antes de la fecha de vencimiento si no puede pagarla.",
        signs="Por la cuenta: nombre, fecha",
        practice_signs="{name}: nombre, fecha",
    ),
}
RECEIPT: Final = {
    Language.ENGLISH: ReceiptWords(
        title="Receipt",
        void_title="Void receipt",
        number="Receipt number",
        date="Date",
        received_from="Received from",
        by="By",
        amount="Amount",
        service_date="Date of service",
        service="Service",
        paid="Paid",
        kept="Kept as your credit with us",
        together="Together",
        owe="You owe as of {day}",
        void="This payment was taken back and does not count.",
        thanks="Thank you.",
        methods=("Cash", "Check", "Card", "Bank transfer"),
    ),
    Language.SPANISH: ReceiptWords(
        title="Recibo",
        void_title="Recibo anulado",
        number="Número de recibo",
        date="Fecha",
        received_from="Recibido de",
        by="Forma de pago",
        amount="Importe",
        service_date="Fecha del servicio",
        service="Servicio",
        paid="Pagado",
        kept="Queda como su saldo a favor",
        together="Total",
        owe="Usted debe al {day}",
        void="Este pago se anuló y no cuenta.",
        thanks="Gracias.",
        methods=("Efectivo", "Cheque", "Tarjeta", "Transferencia"),
    ),
}
