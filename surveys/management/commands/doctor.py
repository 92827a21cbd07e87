"""`manage.py doctor`: says what is missing or unsafe; exit status 1 when something is."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from surveys.doctor import examine


class Command(BaseCommand):
    help = "Says what is missing or unsafe. Changes nothing; exit status 1 when something is."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        is_ill = False
        for name, findings in examine(now=timezone.now()):
            if not findings:
                self.stdout.write(f"ok     {name}")
            for finding in findings:
                is_ill = is_ill or finding.is_fatal
                self.stdout.write(
                    f"{'WRONG' if finding.is_fatal else 'note '}  {name} {finding.text}"
                )
        if is_ill:
            sys.exit(1)
