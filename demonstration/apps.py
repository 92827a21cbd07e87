"""A believable company to try Headwind with; nothing else depends on it."""

from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    name = "demonstration"
