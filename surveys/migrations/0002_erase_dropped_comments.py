"""Dropped comments lose their text: what nobody is to read is not kept."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def erase(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    comments = apps.get_model("surveys", "Comment").objects.using(schema_editor.connection.alias)
    comments.filter(state="DROPPED").update(text="", names_found=[])


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]
    operations = [migrations.RunPython(erase, migrations.RunPython.noop)]
