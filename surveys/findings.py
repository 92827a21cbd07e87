"""Stores what the gate let through. These rows are the only trace that answers leave."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from accounts.models import Person
from resistance.importance import Importance
from resistance.overall import Consistency
from resistance.scoring import SourceScore
from resistance.shown import Band, Exact, Index, ItemResult, SourceResult, UnitResult
from surveys.groups import join_names
from surveys.models import (
    Assessment,
    Comment,
    Group,
    Node,
    Reason,
    ReceiptList,
    SourceFinding,
    SourceSummary,
    StatementFinding,
    Unit,
    UnitKind,
    UnitTeam,
    Visibility,
)
from surveys.names import names_written, parts_of_names
from surveys.questionnaire import Questionnaire
from surveys.scoring_run import Outcome
from surveys.unsealing import OpenedBox

BATCH = 5000


def store_findings(
    assessment: Assessment, questionnaire: Questionnaire, box: OpenedBox, outcome: Outcome
) -> None:
    """Write units, findings, comments and receipts; to be called inside one transaction."""
    units = _store_units(assessment, outcome)
    _store_sources(units, outcome)
    _store_statements(units, outcome)
    _store_summaries(assessment, outcome)
    _store_comments(assessment, box, units, outcome)
    ReceiptList.objects.create(assessment=assessment, listed=box.receipts)


def _store_units(assessment: Assessment, outcome: Outcome) -> dict[str, Unit]:
    groups = {
        group.number: group
        for group in Group.objects.filter(assessment=assessment).prefetch_related("members")
    }
    nodes = {str(node.pk): node for node in Node.objects.filter(assessment=assessment)}
    units: dict[str, Unit] = {}
    for position, result in enumerate(outcome.shown.units):
        members = [groups[number] for number in sorted(result.groups)]
        score = outcome.scored.units.get(result.key)
        units[result.key] = Unit(
            id=uuid.uuid5(assessment.pk, result.key),
            assessment=assessment,
            key=result.key[:250],
            name=_name(result, members, nodes) or assessment.name,
            kind=_kind(result, members, is_first=position == 0),
            node=nodes[result.at],
            parent=units[result.parent] if result.parent else None,
            position=position,
            is_cell=result.is_cell,
            invited=sum(group.invited for group in members),
            answers=result.n,
            has_ranking=bool(score and score.has_ranking),
        )
    Unit.objects.bulk_create(units.values(), BATCH)
    _link_units(units, groups, outcome)
    return units


def _name(result: UnitResult, members: list[Group], nodes: Mapping[str, Node]) -> str:
    if result.node:
        node = nodes[result.node]
        return node.name if node.is_whole else ""
    return join_names([group.name for group in members])


def _kind(result: UnitResult, members: list[Group], *, is_first: bool) -> UnitKind:
    if is_first:
        return UnitKind.ORGANISATION
    if not result.is_cell:
        return UnitKind.PARENT
    is_one_team = len(members) == 1 and len(members[0].members.all()) == 1
    return UnitKind.TEAM if is_one_team else UnitKind.MERGED


def _link_units(units: Mapping[str, Unit], groups: Mapping[int, Group], outcome: Outcome) -> None:
    group_links, team_links = [], []
    smallest = outcome.shown.unit_of_group
    for result in outcome.shown.units:
        unit = units[result.key]
        for number in sorted(result.groups):
            group = groups[number]
            group_links.append(Unit.groups.through(unit_id=unit.pk, group_id=group.pk))
            team_links += [
                UnitTeam(
                    unit=unit, team_id=node.team_id, is_smallest=smallest.get(number) == result.key
                )
                for node in group.members.all()
                if node.team_id
            ]
    Unit.groups.through.objects.bulk_create(group_links, BATCH)
    UnitTeam.objects.bulk_create(team_links, BATCH)


def _store_sources(units: Mapping[str, Unit], outcome: Outcome) -> None:
    rows = []
    for result in outcome.shown.units:
        score = outcome.scored.units.get(result.key)
        for source, index in sorted(result.sources.items()):
            found = score.scores.get(source) if score else None
            rows.append(_source_finding(units[result.key], source, index, found))
    SourceFinding.objects.bulk_create(rows, BATCH)


def _source_finding(
    unit: Unit, source: str, index: SourceResult, score: SourceScore | None
) -> SourceFinding:
    if not isinstance(index, Index) or score is None:
        reason = Reason.REVEALING if isinstance(index, Index) else Reason[index.reason.name]
        return SourceFinding(
            unit=unit, source_id=source, visibility=Visibility.SUPPRESSED, reason=reason
        )
    return SourceFinding(
        unit=unit,
        source_id=source,
        visibility=Visibility.ROUNDED if index.rounded else Visibility.EXACT,
        reason=Reason.FEW if index.n is None else Reason.NONE,
        answers=index.n,
        raw=score.raw,
        end=index.end,
        low=score.low,
        high=score.high,
        estimate=score.estimate,
        estimate_sd=score.sd,
        p_top3=score.p_top3,
        certainty=score.certainty.value if score.certainty else "",
    )


def _store_statements(units: Mapping[str, Unit], outcome: Outcome) -> None:
    StatementFinding.objects.bulk_create(
        [
            _statement_finding(units[result.key], int(statement), found)
            for result in outcome.shown.units
            for statement, found in result.items.items()
        ],
        BATCH,
    )


def _statement_finding(unit: Unit, statement: int, found: ItemResult) -> StatementFinding:
    row = StatementFinding(unit=unit, statement_id=statement)
    if isinstance(found, Exact):
        row.visibility = Visibility.EXACT
        row.answers, row.mean, row.counts = found.n, found.mean, list(found.counts)
    elif isinstance(found, Band):
        row.visibility, row.band = Visibility.BAND, found.value
        row.reason = Reason[found.reason.name]
    else:
        row.visibility, row.reason = Visibility.SUPPRESSED, Reason[found.reason.name]
    return row


def _store_summaries(assessment: Assessment, outcome: Outcome) -> None:
    SourceSummary.objects.bulk_create(
        SourceSummary(
            assessment=assessment,
            source_id=source,
            mean=between.mean,
            between_sd=between.between_sd,
            target=between.target,
            variance=between.variance,
            alpha=between.alpha,
            inter_item_r=outcome.pooled[source].inter_item_r,
            icc=between.icc,
            basis=between.basis.value,
            blocker_share=outcome.blocker_shares.get(source),
            **_importance(outcome.importance[source]),
            **_consistency((outcome.overall.consistency or {}).get(source)),
        )
        for source, between in sorted(outcome.scored.between.items())
    )


def _importance(found: Importance) -> dict[str, Any]:
    return {
        "importance": found.value,
        "importance_basis": found.basis.value,
        "stated_share": found.stated,
        "derived_share": found.derived,
    }


def _consistency(found: Consistency | None) -> dict[str, Any]:
    if found is None:
        return {}
    low, high = found.omega_span or (None, None)
    return {
        "measured_alpha": found.alpha,
        "alpha_low": found.alpha_span[0],
        "alpha_high": found.alpha_span[1],
        "omega": found.omega,
        "omega_low": low,
        "omega_high": high,
    }


def _store_comments(
    assessment: Assessment,
    box: OpenedBox,
    units: Mapping[str, Unit],
    outcome: Outcome,
) -> None:
    """Each comment at one unit, in random order, waiting for the reviewer."""
    where = outcome.shown.comment_unit_of
    if not box.comments or not where:
        return
    asked = {row.position: row.statement_id for row in assessment.asked.all()}
    roster = Person.objects.active().values_list("name", flat=True)
    names = parts_of_names(roster.iterator(BATCH))
    rows = [
        Comment(
            unit=units[where[group]],
            statement_id=asked[written.position],
            text=written.text,
            readers=written.readers,
            names_found=names_written(written.text, names),
        )
        for group, written in box.comments
        if group in where
    ]
    secrets.SystemRandom().shuffle(rows)
    Comment.objects.bulk_create(rows, BATCH)
