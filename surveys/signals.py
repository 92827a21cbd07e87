"""What the surveys app says upwards; there is one such word."""

from django.dispatch import Signal

#: Sent with `assessment_id` once an assessment is scored. May be sent again after a crash.
assessment_scored = Signal()
