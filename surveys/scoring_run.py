"""From an opened box to what may be shown: the gate first, statistics after. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from resistance.disclosure import pooled, protect
from resistance.importance import Importance, stated_shares, weigh_sources
from resistance.indices import sources_of
from resistance.limits import share_of_named
from resistance.overall import Overall, look_at_all
from resistance.partition import Node as TreeNode
from resistance.scoring import Basis, PooledSource, Scored, SourceInput, score_units, seed_of
from resistance.shown import Answers, Exact, Index, Item, Protected
from surveys.models import Assessment, Group, Node
from surveys.questionnaire import Questionnaire
from surveys.unsealing import OpenedBox
from surveys.waves import earlier_importance, earlier_priors, restriction_for


@dataclass(frozen=True)
class Outcome:
    """All that the tally stores, already through the gate."""

    shown: Protected
    scored: Scored
    pooled: dict[str, PooledSource]
    blocker_shares: dict[str, float | None]
    overall: Overall
    importance: dict[str, Importance]


def score_box(
    assessment: Assessment, questionnaire: Questionnaire, box: OpenedBox, *, now: datetime
) -> Outcome:
    """Deterministic in the ballots, whatever their order; the seed is the assessment's id."""
    items = [Item(str(q.statement_id), q.source, q.is_asset) for q in questionnaire.rated]
    answers = Answers(box.values, box.group)
    before = restriction_for(assessment)
    shown = protect(
        frozen_tree(assessment),
        items,
        answers,
        assessment.thresholds,
        before=before,
    )
    pooled_sources = {
        key: PooledSource(row.variance, row.alpha, row.inter_item_r)
        for key, row in pooled(answers, items, shown).items()
    }
    scored = score_units(
        _inputs(assessment, items, shown, ballots=box.count),
        pooled_sources,
        cells={unit.key for unit in shown.units if unit.is_cell},
        seed=seed_of(str(assessment.pk)),
        earlier=earlier_priors(assessment, now=now),
    )
    is_shown = not shown.nothing_shown and shown.units[0].n is not None
    is_shown = is_shown and not before(shown.units[0].groups).is_changed
    shares = _blocker_shares(questionnaire, box) if is_shown else {}
    overall = look_at_all(answers, items, shown, seed=seed_of(str(assessment.pk)))
    importance = _importance(assessment, sources_of(items), scored, shares, overall, now=now)
    return Outcome(shown, scored, pooled_sources, shares, overall, importance)


def _importance(
    assessment: Assessment,
    sources: list[str],
    scored: Scored,
    shares: Mapping[str, float | None],
    overall: Overall,
    *,
    now: datetime,
) -> dict[str, Importance]:
    """From this assessment where it speaks for the organisation: full, and of eight units or more.

    A share that may not be shown counts as 0: of so many answers hardly all name the same source.
    """
    is_own = not assessment.is_repulse and any(
        between.basis is Basis.ASSESSMENT for between in scored.between.values()
    )
    stated = None
    if is_own and any(shares.values()):
        named = {source: share or 0.0 for source, share in shares.items()}
        stated = {source: round(share, 2) for source, share in stated_shares(named).items()}
    return weigh_sources(
        sources,
        stated=stated,
        derived=overall.derived if is_own else None,
        earlier=earlier_importance(assessment, now=now),
    )


def frozen_tree(assessment: Assessment) -> TreeNode:
    """The tree as it stood at opening, with its groups; keys are node ids."""
    groups: dict[int, list[int]] = {}
    for node, number in Group.objects.filter(assessment=assessment).values_list(
        "node_id", "number"
    ):
        groups.setdefault(node, []).append(number)
    rows = Node.objects.filter(assessment=assessment).order_by("-position")
    below: dict[int | None, list[TreeNode]] = {}
    for row in rows:
        children = tuple(reversed(below.pop(row.pk, [])))
        hung = tuple(sorted(groups.get(row.pk, ())))
        below.setdefault(row.parent_id, []).append(
            TreeNode(str(row.pk), children, hung, whole=row.is_whole or row.parent_id is None)
        )
    return below[None][0]


def _inputs(
    assessment: Assessment, items: list[Item], shown: Protected, *, ballots: int
) -> list[SourceInput]:
    invited = dict(Group.objects.filter(assessment=assessment).values_list("number", "invited"))
    response = ballots / max(1, sum(invited.values()))
    of_source: dict[str, list[str]] = {}
    for item in items:
        if item.source:
            of_source.setdefault(item.source, []).append(item.key)
    inputs = []
    for unit in shown.units:
        members = sum(invited[group] for group in unit.groups)
        for source, index in unit.sources.items():
            if isinstance(index, Index):
                results = [unit.items[key] for key in of_source[source]]
                exact = tuple(r.counts for r in results if isinstance(r, Exact))
                inputs.append(
                    SourceInput(
                        unit=unit.key,
                        source=source,
                        value=float(index.value),
                        n=index.n,
                        invited=members,
                        rounded=index.rounded,
                        item_counts=exact if len(exact) == len(results) else None,
                        response=response,
                    )
                )
    return inputs


def _blocker_shares(questionnaire: Questionnaire, box: OpenedBox) -> dict[str, float | None]:
    """Share of all ballots that named each source, for a whole that is shown exactly."""
    return {
        blocker.source: share_of_named(
            int(np.count_nonzero((box.blockers >> blocker.number) & 1)), box.count
        )
        for blocker in questionnaire.blockers
    }
