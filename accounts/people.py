"""What HR does with people and teams, each with its line in the audit log."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Organisation, Person, Team, User, record
from accounts.tasks import send_welcome


class UnknownPerson(Exception):
    """No active person of the roster and no user has this address; str() is for the reader."""


class MovedBelowItself(Exception):
    """Two people moved teams at the same moment, and together it would be a circle."""


@transaction.atomic
def save_person(*, person: Person, by: User) -> None:
    """Store a person; who is not active any more cannot sign in either."""
    is_new = person.pk is None
    was_active = is_new or Person.objects.values_list("is_active", flat=True).get(pk=person.pk)
    person.save()
    if person.email and was_active != person.is_active:
        accounts = User.objects.filter(email=person.email).exclude(pk=by.pk)
        accounts.update(is_active=person.is_active)
    verb = gettext_noop("person added") if is_new else gettext_noop("person changed")
    record(actor=by, verb=verb, subject=person, team=str(person.team), active=person.is_active)


@transaction.atomic
def save_team(*, team: Team, by: User) -> None:
    """Store a team; a new one stands last below its parent. Raises MovedBelowItself."""
    is_new = team.pk is None
    Organisation.objects.select_for_update().filter(pk=1).first()
    if is_new:
        last = Team.objects.filter(parent=team.parent).aggregate(last=Max("position"))["last"]
        team.position = (last or 0) + 1
    elif Team.objects.below([team.pk]).filter(pk=team.parent_id).exists():
        raise MovedBelowItself(_("A team cannot stand below itself."))
    team.save()
    verb = gettext_noop("team added") if is_new else gettext_noop("team changed")
    record(actor=by, verb=verb, subject=team, below=str(team.parent or ""))


@transaction.atomic
def add_manager(*, team: Team, email: str, by: User) -> tuple[User, bool]:
    """Make somebody of the roster a manager; the second value says that the account is new.

    Raises UnknownPerson.
    """
    user = User.objects.filter(email=email).first()
    is_new = user is None
    if user is None:
        person = Person.objects.active().filter(email__iexact=email).first()
        if person is None:
            raise UnknownPerson(_("Nobody in the roster has this address. Add the person first."))
        user = User.objects.create_user(email, name=person.name, language=person.language)
        send_welcome.delay_on_commit(user_id=user.pk)
    team.managers.add(user)
    record(actor=by, verb=gettext_noop("manager added"), subject=team, manager=user.name)
    return user, is_new


@transaction.atomic
def remove_manager(*, team: Team, user: User, by: User) -> None:
    team.managers.remove(user)
    record(actor=by, verb=gettext_noop("manager removed"), subject=team, manager=user.name)
