"""MedBill Desktop: the billing office of a small medical practice."""

__version__ = "0.1.0"
