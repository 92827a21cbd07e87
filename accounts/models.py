"""Who: sign-in users with their roles, the tree of teams, the roster and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"


class Theme(models.TextChoices):
    SYSTEM = "", _("as the system")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def reviewer_names(self) -> tuple[str, ...]:
        """Of those who read comments before anybody else does; employees are told."""
        reviewers = self.filter(is_reviewer=True, is_active=True).exclude(name="")
        return tuple(reviewers.order_by("name").values_list("name", flat=True))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in; employees who only answer need no account.

    Being a manager is not stored here: who manages which team stands on `Team.managers`.
    `is_staff` marks administrators, who keep the catalogue and the accounts.
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_hr = models.BooleanField(_("HR"), default=False)
    is_reviewer = models.BooleanField(_("comment reviewer"), default=False)
    is_trustee = models.BooleanField(_("trustee"), default=False)
    is_staff = models.BooleanField(_("administrator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_demonstration = models.BooleanField(default=False, editable=False)
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, blank=True, default=""
    )
    theme = models.CharField(
        _("colours"), max_length=5, choices=Theme.choices, blank=True, default=""
    )
    wants_digest = models.BooleanField(_("weekly summary by mail"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name else self.email

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def managed_ids(self) -> frozenset[int]:
        """Ids of the teams that they manage, with everything below them, as of the first time that
        this object is asked: a page asks often."""
        mine = Team.managers.through.objects.filter(user=self).values_list("team", flat=True)
        return ids_below(list(mine))

    def manages_something(self) -> bool:
        if "managed_ids" in self.__dict__:
            return bool(self.managed_ids)
        return Team.managers.through.objects.filter(user=self).exists()


class Organisation(models.Model):
    """The one organisation of this installation and the rules it has set for itself."""

    name = models.CharField(_("name"), max_length=120)
    weeks_between = models.PositiveSmallIntegerField(
        _("weeks between two full assessments of a team"),
        default=6,
        validators=[MinValueValidator(4), MaxValueValidator(52)],
    )
    hours_per_member = models.DecimalField(
        _("hours for actions per member and quarter"),
        max_digits=4,
        decimal_places=1,
        default=3,
        validators=[MinValueValidator(0.5), MaxValueValidator(40)],
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="only_one_organisation"),
            models.CheckConstraint(condition=Q(weeks_between__gte=4), name="weeks_between_min_4"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Organisation:
        """The organisation; an unsaved one with default rules before the first run."""
        return cls.objects.first() or cls(pk=1, name="Headwind")


def ids_below(roots: Iterable[int]) -> frozenset[int]:
    """The ids in `roots` and those of all teams below them; one query reads the whole tree."""
    return ids_below_in(Team.objects.order_by().values_list("pk", "parent_id"), roots)


def ids_below_in(tree: Iterable[tuple[int, int | None]], roots: Iterable[int]) -> frozenset[int]:
    """The same in a tree that was read already: ids of teams with those of their parents."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in tree:
        children.setdefault(parent, []).append(pk)
    found, waiting = set(), list(roots)
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting.extend(children.get(pk, ()))
    return frozenset(found)


class TeamQuerySet(TreeQuerySet["Team"]):
    def managed_by(self, user: User) -> TeamQuerySet:
        """Teams that `user` manages, with everything below them."""
        return self.filter(pk__in=user.managed_ids)

    def below(self, roots: Iterable[int]) -> TeamQuerySet:
        """The teams in `roots` and all their descendants."""
        return self.filter(pk__in=ids_below(roots))

    def visible_to(self, user: User) -> TeamQuerySet:
        return self if user.is_hr else self.managed_by(user)

    def in_order(self) -> TeamQuerySet:
        """In the order of the organisation, parents before children."""
        return self.with_tree_fields()


class Team(TreeNode):
    """A node of the organisation's tree: a team, or teams of teams to any depth."""

    name = models.CharField(_("name"), max_length=120)
    code = models.SlugField(
        _("code"), max_length=40, unique=True, null=True, blank=True, help_text=_("for imports")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    managers = models.ManyToManyField(
        User, verbose_name=_("managers"), related_name="managed_teams", blank=True
    )

    objects = TeamQuerySet.as_manager(with_tree_fields=False)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], name="team_name_once_per_parent"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(parent=None), name="root_team_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.pk and self.parent_id == self.pk:
            raise ValidationError({"parent": _("A team cannot stand below itself.")})


class PersonQuerySet(models.QuerySet["Person"]):
    def active(self) -> PersonQuerySet:
        return self.filter(is_active=True)


class Person(models.Model):
    """A row of the roster: somebody who may be invited and may own an action."""

    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), null=True, blank=True)
    number = models.CharField(_("personnel number"), max_length=40, null=True, blank=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="people", verbose_name=_("team"))
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, blank=True, default=""
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email"], name="person_email_once"),
            models.UniqueConstraint(fields=["number"], name="person_number_once"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Something that somebody did and HR may have to account for; only ever added to."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.verb}: {self.subject}"


def record(*, actor: User | None, verb: str, subject: object, **detail: Any) -> AuditEntry:
    """Add a line to the audit log; `detail` holds no answers, codes or addresses."""
    return AuditEntry.objects.create(
        actor=actor, verb=verb, subject=str(subject)[:200], detail=detail
    )
