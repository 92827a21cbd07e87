from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def fill_in(apps, schema_editor):
    """Until now every statement and source of a unit was taken to have its number of answers."""
    finding, unit = (apps.get_model("surveys", name) for name in ("SourceFinding", "Unit"))
    answers = unit.objects.filter(pk=OuterRef("unit")).values("answers")[:1]
    has_few = Q(visibility="SUPPRESSED") | Q(reason="FEW")
    finding.objects.exclude(has_few).update(answers=Subquery(answers))


class Migration(migrations.Migration):
    dependencies = [
        ("resistance", "0001_initial"),
        ("surveys", "0006_importance"),
    ]

    operations = [
        migrations.AddField(
            model_name="sourcefinding",
            name="answers",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="sourcefinding",
            constraint=models.CheckConstraint(
                condition=Q(("answers", None))
                | Q(("answers__gte", 10), ("raw__isnull", False)),
                name="exact_source_from_ten",
            ),
        ),
    ]
