"""On SQLite codes and ledger lie in the order of their hashes alone, in one tree instead of two:
half the pages for casting to read and write, and no row number that counts who came when."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("surveys_credential", "surveys_ledgerentry")


def without_rowid(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _make_anew(schema_editor, " WITHOUT ROWID")


def with_rowid(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _make_anew(schema_editor, "")


def _make_anew(schema_editor: BaseDatabaseSchemaEditor, ending: str) -> None:
    """Copy each table and its indexes into one with this ending."""
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL"
                " ORDER BY type DESC",
                [table],
            )
            create, *indexes = [sql for (sql,) in cursor.fetchall()]
            columns = create.removesuffix(" WITHOUT ROWID").split("(", 1)[1]
            cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_old"')
            cursor.execute(f'CREATE TABLE "{table}" ({columns}{ending}')
            cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{table}_old"')  # noqa: S608
            cursor.execute(f'DROP TABLE "{table}_old"')
            for index in indexes:
                cursor.execute(index)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0004_change")]
    operations = [migrations.RunPython(without_rowid, with_rowid)]
