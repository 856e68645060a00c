"""The pages in the order of the rail; the shell builds those whose case the person may run."""

from medbill_desktop.ui.page import PageSpec

PAGES: list[PageSpec] = []
