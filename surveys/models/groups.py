"""The organisation as it stood at the opening: its tree, the groups, and who was invited."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team
from surveys.models.assessment import Assessment


class Node(models.Model):
    """The tree of teams as it stood at opening; later changes of the organisation do not matter."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="nodes")
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, related_name="+", help_text=_("empty: all teams")
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    name = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    invited = models.PositiveIntegerField(help_text=_("people directly in this team"))
    is_whole = models.BooleanField(default=True, help_text=_("all its people were asked"))

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "team"], name="node_once"),
        ]


class MemberTeam(models.Model):
    """A team that an assessment asks; a team is asked by one collecting assessment at a time."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="member_teams")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    is_collecting = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "team"], name="member_team_once"),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_collecting=True),
                name="one_collecting_assessment_per_team",
            ),
        ]


class Group(models.Model):
    """Teams collected together, at least eight invited; fixed at opening."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField(help_text=_("as sealed in the ballot"))
    name = models.CharField(max_length=250)
    node = models.ForeignKey(
        Node, models.CASCADE, related_name="groups", help_text=_("smallest that holds it")
    )
    members = models.ManyToManyField(Node, related_name="member_groups")
    invited = models.PositiveIntegerField()
    signing_modulus = models.BinaryField(max_length=256, null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "number"], name="group_number_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """Who was invited in which group. It never says whether they took part."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="invitations")
    group = models.ForeignKey(Group, models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "person"], name="invited_once"),
        ]
