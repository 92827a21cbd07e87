"""manage.py load_demonstration"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demonstration.loading import NotEmpty, load_demonstration


class Command(BaseCommand):
    help = "Fills an empty installation with a company to try Headwind with."

    def handle(self, **_options: Any) -> None:
        try:
            load_demonstration(now=timezone.now())
        except NotEmpty as error:
            raise CommandError("The database has users already; nothing was changed.") from error
        self.stdout.write("Loaded the demonstration company.")
