"""Counting the same box twice: a copy of the sealed state to return to, and all that was kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.db import models

from plans.models import Effect, Measurement, Plan, PlanDraft, Recommendation
from surveys.keystore import Keystore
from surveys.models import (
    Assessment,
    Ballot,
    ChangeFinding,
    Comment,
    Comparison,
    Credential,
    Delivery,
    LedgerEntry,
    Mailing,
    Movement,
    ReceiptList,
    Slip,
    SourceFinding,
    SourceSummary,
    StatementFinding,
    Unit,
    UnitTeam,
)

ERASED = (Mailing, Delivery, Credential, Slip, LedgerEntry, Ballot)


class SealedState:
    """The rows and keys that a tally erases, as they are now; real installations keep no such."""

    def __init__(self, assessment: Assessment, folder: Path) -> None:
        self.assessment_id = assessment.pk
        self.rows = {model: list(model.objects.all()) for model in ERASED}
        self.columns = Assessment.objects.filter(pk=assessment.pk).values().get()
        self.keys = shutil.copytree(Keystore(assessment.pk).folder, folder / "keys")

    def restore(self) -> Assessment:
        """Forget what was counted and seal the box again."""
        Unit.objects.filter(assessment=self.assessment_id).delete()
        SourceSummary.objects.filter(assessment=self.assessment_id).delete()
        ReceiptList.objects.filter(assessment=self.assessment_id).delete()
        PlanDraft.objects.filter(assessment=self.assessment_id).delete()
        Measurement.objects.filter(assessment=self.assessment_id).delete()
        Effect.objects.filter(assessment=self.assessment_id).delete()
        Movement.objects.filter(later=self.assessment_id).delete()
        for model in reversed(ERASED):
            model.objects.all().delete()
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows)
        folder = Keystore(self.assessment_id).folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.keys, folder)
        Assessment.objects.filter(pk=self.assessment_id).update(**self.columns)
        return Assessment.objects.get(pk=self.assessment_id)


def everything_kept() -> dict[str, list[tuple[Any, ...]]]:
    """Every row that answers leave behind, without random ids and the moment of counting."""
    serial = ("id",)
    return {
        "counts": table(
            Assessment, without=("scored_at", "closed_at", "closes_at", "opens_at", "created_by_id")
        ),
        "receipts": table(ReceiptList, without=("id",)),
        "units": table(Unit),
        "groups": sorted(Unit.groups.through.objects.values_list("unit", "group")),
        "teams": table(UnitTeam, without=serial),
        "sources": table(SourceFinding, without=serial),
        "statements": table(StatementFinding, without=serial),
        "summaries": table(SourceSummary, without=serial),
        "comments": table(Comment, without=serial),
        "plans": table(Plan, without=("id", "drafted_at", "answer_due_date")),
        "recommendations": table(Recommendation, without=("id", "plan_id"), beside="plan__unit"),
        "changes": table(ChangeFinding, without=("id", "comparison_id"), beside="comparison__unit"),
        "comparisons": table(Comparison, without=serial),
        "movements": table(Movement, without=serial),
        "effects": table(Effect, without=("id", "measured_at")),
        "drafts": table(PlanDraft, without=("id", "drafted_at")),
    }


def table(
    model: type[models.Model], *, without: tuple[str, ...] = (), beside: str = ""
) -> list[tuple[Any, ...]]:
    fields = [f.attname for f in model._meta.concrete_fields if f.attname not in without]
    rows = model._default_manager.values_list(*fields, *([beside] if beside else []))
    return sorted((tuple(row) for row in rows), key=repr)
