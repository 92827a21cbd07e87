"""The instrument: what is asked, how it is scored, what helps."""

from django.apps import AppConfig


class ResistanceConfig(AppConfig):
    name = "resistance"
    default_auto_field = "django.db.models.BigAutoField"
