"""What is done about the findings: plans, actions and exports."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "plans"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plans import receivers  # noqa: F401  (connects "assessment scored")
