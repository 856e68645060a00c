"""The pages in the order of the rail; the shell builds those whose case the person may run."""

from medbill_desktop.ui.page import PageSpec
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patients import PatientsPage
from medbill_desktop.ui.pages.registration import RegistrationPage
from medbill_desktop.usecases.patients import find_patients, open_patient, register_patient

PAGES: list[PageSpec] = [
    PageSpec("patients", "Patients", "ph.users", find_patients, PatientsPage),
    PageSpec("patient", "Patient", "ph.user", open_patient, PatientPage, rail=False, parent="patients"),
    PageSpec(
        "registration", "Register a patient", "ph.user-plus", register_patient, RegistrationPage, rail=False,
        parent="patients",
    ),
]  # fmt: skip
