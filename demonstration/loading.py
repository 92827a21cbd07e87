"""Loads the demonstration company once and writes down how to sign in."""

from __future__ import annotations

import os
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from demonstration import company, spring, story
from demonstration.people import Staff, address, build_organisation
from resistance.catalogue import load_catalogue
from surveys.keystore import Keystore
from surveys.models import Assessment, Invitation


class NotEmpty(Exception):
    """The database has users already; the demonstration is for an empty one."""


def load_demonstration(*, now: datetime) -> Staff:
    """Fill an empty installation, wholly or not at all. Raises `NotEmpty`."""
    if User.objects.exists():
        raise NotEmpty
    load_catalogue()
    with transaction.atomic():
        staff = build_organisation()
        spring.run_spring(staff, now=now)
        first = story.run_first_assessment(staff, now=now)
        story.tell_plans(first, staff, now=now)
        second = story.open_second_assessment(staff, now=now)
        _write_sign_ins(staff, second)
    return staff


def _write_sign_ins(staff: Staff, assessment: Assessment) -> None:
    lines = ["Sign in with (made for this installation):"]
    for name, role in company.SIGN_INS.items():
        lines.append(f"  {address(name):44} {staff.passwords[name]:32} {role}")
    lines += ["Answer as an employee:", f"  {settings.BASE_URL}{invitation_to_try(assessment)}"]
    path = settings.DATA_DIR / "sign-ins.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")


def invitation_to_try(assessment: Assessment) -> str:
    """The path and code of the last person of Chat and mail, who has not answered."""
    invitation = (
        Invitation.objects.filter(assessment=assessment, person__team__name="Chat and mail")
        .order_by("-person_id")
        .first()
    )
    if invitation is None:
        raise LookupError("nobody of Chat and mail was invited")
    code = Keystore(assessment.pk).code_for(invitation.pk)
    return f"{reverse('respond:survey', args=[assessment.pk])}#{code}"
