"""Builders of rows for tests: plain functions, no random values, every field can be set."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Organisation, Person, Team, User
from plans.models import (
    Action,
    Basis,
    Effect,
    Plan,
    Recommendation,
    RecommendationState,
    Request,
    Verdict,
)
from resistance.models import (
    Category,
    EvidenceGrade,
    Method,
    OwnerLevel,
    Source,
    Statement,
    StatementKind,
    Strategy,
    StrategyTarget,
)
from surveys.codes import hash_code
from surveys.keystore import Keystore
from surveys.models import (
    AskedStatement,
    Assessment,
    AssessmentKind,
    Comment,
    Credential,
    Group,
    Invitation,
    Node,
    Readers,
    Reason,
    SourceFinding,
    SourceSummary,
    State,
    StatementFinding,
    Unit,
    UnitKind,
    UnitTeam,
    Visibility,
)
from surveys.opening import make_signing_keys, publish_signing_keys

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_organisation(**fields: Any) -> Organisation:
    return Organisation.objects.update_or_create(
        pk=1, defaults={"name": "Harbour Retail", **fields}
    )[0]


def make_user(**fields: Any) -> User:
    number = next(_numbers)
    password = fields.pop("password", None)
    defaults = {"email": f"user{number}@example.org", "name": f"User {number}"}
    return User.objects.create_user(password=password, **{**defaults, **fields})


def make_team(*, managers: tuple[User, ...] = (), **fields: Any) -> Team:
    team = Team.objects.create(**{"name": f"Team {next(_numbers)}", **fields})
    team.managers.set(managers)
    return team


def make_person(*, team: Team, **fields: Any) -> Person:
    number = next(_numbers)
    defaults = {"name": f"Person {number}", "email": f"person{number}@example.org"}
    return Person.objects.create(team=team, **{**defaults, **fields})


def make_people(*, team: Team, count: int) -> list[Person]:
    return [make_person(team=team) for _ in range(count)]


def make_source(**fields: Any) -> Source:
    number = next(_numbers)
    words = {
        f"{name}_{language}": f"{name.replace('_', ' ').capitalize()} {number}"
        for name in ("name", "definition", "part_title", "blocker")
        for language in ("en", "de")
    }
    defaults = {"key": f"source{number}", "category": Category.MINDSET, "position": number}
    return Source.objects.create(**{**defaults, **words, **fields})


def make_statement(**fields: Any) -> Statement:
    number = next(_numbers)
    defaults = {
        "code": f"statement-{number}",
        "kind": StatementKind.SOURCE if fields.get("source") else StatementKind.OUTCOME,
        "text_en": f"Statement {number}.",
        "text_de": f"Aussage {number}.",
        "position": number,
    }
    return Statement.objects.create(**{**defaults, **fields})


def make_assessment(**fields: Any) -> Assessment:
    """A draft unless `state` says otherwise; dates fit the state."""
    state = fields.get("state", State.DRAFT)
    defaults: dict[str, Any] = {
        "name_en": "One-call resolution",
        "name_de": "Lösung beim ersten Anruf",
        "purpose_en": "We want to settle every request in one call.",
        "purpose_de": "Wir wollen jedes Anliegen im ersten Anruf lösen.",
        "languages": ["en", "de"],
        "opens_at": NOW - timedelta(days=10),
        "closes_at": NOW + timedelta(days=4),
    }
    if state in (State.CLOSED, State.TALLYING, State.ERASING, State.SCORED):
        defaults["closed_at"] = defaults["closes_at"] = NOW - timedelta(days=1)
    if state == State.SCORED:
        defaults["scored_at"] = NOW
        defaults.update(invited_count=40, taken_part_count=30, ballot_count=30)
    return Assessment.objects.create(**{**defaults, **fields})


def ask(assessment: Assessment, statements: list[Statement]) -> None:
    AskedStatement.objects.bulk_create(
        AskedStatement(assessment=assessment, statement=statement, position=position)
        for position, statement in enumerate(statements)
    )


def make_node(*, assessment: Assessment, team: Team, **fields: Any) -> Node:
    defaults = {"name": team.name, "position": next(_numbers), "invited": 0}
    return Node.objects.create(assessment=assessment, team=team, **{**defaults, **fields})


def make_group(*, assessment: Assessment, node: Node, **fields: Any) -> Group:
    defaults = {"number": next(_numbers), "name": node.name, "invited": 20}
    group = Group.objects.create(assessment=assessment, node=node, **{**defaults, **fields})
    group.members.add(node)
    return group


def make_unit(*, assessment: Assessment, teams: list[Team], **fields: Any) -> Unit:
    """A reported unit over `teams`, at the node of the first one unless `node` is given."""
    node = (
        fields.pop("node", None)
        or Node.objects.filter(assessment=assessment, team=teams[0]).first()
    )
    node = node or make_node(assessment=assessment, team=teams[0])
    number = next(_numbers)
    defaults = {
        "key": f"unit-{number}",
        "name": " + ".join(team.name for team in teams),
        "kind": UnitKind.TEAM if len(teams) == 1 else UnitKind.MERGED,
        "position": number,
        "is_cell": True,
        "invited": 20,
        "answers": 17,
    }
    unit = Unit.objects.create(assessment=assessment, node=node, **{**defaults, **fields})
    UnitTeam.objects.bulk_create(UnitTeam(unit=unit, team=team, is_smallest=True) for team in teams)
    return unit


def make_source_finding(*, unit: Unit, source: Source, **fields: Any) -> SourceFinding:
    raw = fields.get("raw", 50)
    defaults: dict[str, Any] = {
        "visibility": Visibility.EXACT,
        "raw": raw,
        "low": max(0, raw - 6),
        "high": min(100, raw + 6),
        "estimate": float(raw),
        "estimate_sd": 3.0,
        "p_top3": 0.3,
        "certainty": "OPEN",
    }
    return SourceFinding.objects.create(unit=unit, source=source, **{**defaults, **fields})


def make_strategy(*, targets: dict[Source, float], **fields: Any) -> Strategy:
    number = next(_numbers)
    defaults = {
        "key": f"STR{number}",
        "name_en": f"Strategy {number}",
        "name_de": f"Strategie {number}",
        "summary_en": f"What strategy {number} is.",
        "method": Method.PARTICIPATION,
        "evidence_grade": EvidenceGrade.B,
        "owner_level": OwnerLevel.TEAM,
        "hours_fixed": 4,
        "hours_per_member": 0.5,
        "weeks_to_effect": 6,
        "prior_points": -4,
        "steps_en": ["First step", "Second step"],
        "steps_de": ["Erster Schritt", "Zweiter Schritt"],
    }
    strategy = Strategy.objects.create(**{**defaults, **fields})
    for source, weight in targets.items():
        StrategyTarget.objects.create(strategy=strategy, source=source, weight=weight)
    return strategy


def make_summary(*, assessment: Assessment, source: Source, **fields: Any) -> SourceSummary:
    defaults = {"mean": 45.0, "between_sd": 7.0, "target": 40.0, "basis": "ASSESSMENT"}
    return SourceSummary.objects.create(
        assessment=assessment, source=source, **{**defaults, **fields}
    )


def make_plan(*, unit: Unit, **fields: Any) -> Plan:
    defaults = {
        "members": unit.invited,
        "budget_hours": 3.0 * unit.invited,
        "level": OwnerLevel.TEAM,
        "drafted_at": NOW,
        "answer_due_date": NOW.date() + timedelta(days=14),
    }
    return Plan.objects.create(unit=unit, **{**defaults, **fields})


def make_recommendation(*, plan: Plan, **fields: Any) -> Recommendation:
    defaults = {
        "strategy": None,
        "source": None,
        "rank": next(_numbers),
        "state": RecommendationState.SUGGESTED,
        "hours": 10,
        "expected_points": -3,
        "expected_low": -8.9,
        "expected_high": 2.9,
        "reason": {"weeks": 5, "members": 20, "estimate": 55, "place": 3, "certainty": "LIKELY"},
    }
    return Recommendation.objects.create(plan=plan, **{**defaults, **fields})


def make_action(*, plan: Plan, source: Source, owner: Person, **fields: Any) -> Action:
    defaults = {
        "title": f"Action {next(_numbers)}",
        "due_date": NOW.date() + timedelta(days=30),
        "status_since": NOW,
        "accepted_at": NOW,
        "hours": 10,
    }
    return Action.objects.create(plan=plan, source=source, owner=owner, **{**defaults, **fields})


def make_effect(*, action: Action, assessment: Assessment, **fields: Any) -> Effect:
    """A measured one that teaches: from 60 to 50, where 55 was expected, unless fields differ."""
    value = fields.get("value", -5.0)
    numbers = {"first": 60, "second": 50, "expected": 50 - value, "trend": -2.0, "value": value}
    defaults = {
        "source": action.source,
        "basis": Basis.FITTED,
        "verdict": Verdict.WORKED,
        "promised": -4.0,
        "low": value - 4,
        "high": value + 4,
        "variance": 9.0,
        "shared_variance": 0.5,
        "is_done": True,
        "is_alone": True,
        "may_teach": True,
        "measured_at": NOW,
    }
    return Effect.objects.create(
        action=action, assessment=assessment, **{**numbers, **defaults, **fields}
    )


def make_request(*, plan: Plan, **fields: Any) -> Request:
    defaults = {
        "title": f"Request {next(_numbers)}",
        "level": OwnerLevel.DEPARTMENT,
        "asked_at": NOW,
        "answer_due_date": NOW.date() + timedelta(days=14),
    }
    return Request.objects.create(plan=plan, **{**defaults, **fields})


def make_open_assessment(
    *, statements: list[Statement], invited: int = 9, **fields: Any
) -> tuple[Assessment, list[str]]:
    """An assessment that takes ballots now, with keys and one group; and its people's codes."""
    now = timezone.now()
    dates = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=4)}
    assessment = make_assessment(state=State.OPEN, **{**dates, **fields})
    keystore = Keystore(assessment.pk)
    assessment.box_public_key = keystore.create()
    assessment.save()
    ask(assessment, statements)
    team = make_team(name="Calls A")
    node = make_node(assessment=assessment, team=team, invited=invited)
    group = make_group(assessment=assessment, node=node, invited=invited, number=0)
    invitations = Invitation.objects.bulk_create(
        Invitation(assessment=assessment, group=group, person=person)
        for person in make_people(team=team, count=invited)
    )
    codes = [keystore.code_for(invitation.pk) for invitation in invitations]
    Credential.objects.bulk_create(
        Credential(
            secret_hash=hash_code(code), holder=invitation.pk, group=group, assessment=assessment
        )
        for code, invitation in zip(codes, invitations, strict=True)
    )
    publish_signing_keys(assessment, make_signing_keys(assessment.pk))
    assessment.save()
    return assessment, codes


def make_comment(*, unit: Unit, **fields: Any) -> Comment:
    """A comment that waits for review, on an open question."""
    number = next(_numbers)
    statement = fields.pop("statement", None) or make_statement(kind=StatementKind.OPEN)
    defaults = {"text": f"Comment {number}.", "readers": Readers.MANAGER}
    return Comment.objects.create(unit=unit, statement=statement, **{**defaults, **fields})


def make_statement_finding(*, unit: Unit, statement: Statement, **fields: Any) -> StatementFinding:
    """Shown with its counts, unless `visibility` says otherwise."""
    defaults: dict[str, Any] = {"visibility": Visibility.EXACT}
    if fields.get("visibility", Visibility.EXACT) == Visibility.EXACT:
        defaults.update(answers=17, mean=4.0, counts=[0, 1, 3, 8, 5])
    return StatementFinding.objects.create(unit=unit, statement=statement, **{**defaults, **fields})


def make_hidden_finding(*, unit: Unit, source: Source, **fields: Any) -> SourceFinding:
    """A source that may not be shown: a row without a number."""
    defaults = {"visibility": Visibility.SUPPRESSED, "reason": Reason.REVEALING}
    return SourceFinding.objects.create(unit=unit, source=source, **{**defaults, **fields})


def make_repulse(*, follows: Assessment, source: Source, **fields: Any) -> Assessment:
    """Asks again after `source` in teams of `follows`; a draft unless `state` says otherwise."""
    kind = AssessmentKind.REPULSE
    return make_assessment(kind=kind, follows=follows, source=source, **fields)
