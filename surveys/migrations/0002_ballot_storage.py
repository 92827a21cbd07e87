"""On PostgreSQL a ballot stays in its row: moving 4 kB aside would double the work of casting,
and trying to compress what is encrypted would be in vain."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KEEP_INLINE = """
    ALTER TABLE surveys_ballot SET (toast_tuple_target = 8160);
    ALTER TABLE surveys_ballot ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
"""
AS_BEFORE = """
    ALTER TABLE surveys_ballot RESET (toast_tuple_target);
    ALTER TABLE surveys_ballot ALTER COLUMN ciphertext SET STORAGE EXTENDED;
"""


def keep_inline(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(KEEP_INLINE)


def as_before(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(AS_BEFORE)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]
    operations = [migrations.RunPython(keep_inline, as_before)]
