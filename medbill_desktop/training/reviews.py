"""The weekly reviews of the audit log that a practice has behind it (SECURITY A17)."""

from typing import Final

from medbill_desktop.usecases.audit_review import AskReviews, SignReview, review_status, sign_review
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual

COMMENT: Final = "Looked at with the person concerned."


def sign_weeks(desk: Desk) -> int:
    """Sign every finished week but the newest, which is left to whoever practises; returns how many."""
    _, *older = desk.ask(review_status, AskReviews()) or (None,)
    for each in older:
        found = desk.ask(find_unusual, FindUnusual(each.week, each.last_day))
        desk.run(sign_review, SignReview(desk.new_id(), each.week, len(found), COMMENT if found else ""))
    return len(older)
