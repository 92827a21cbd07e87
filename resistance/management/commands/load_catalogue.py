"""`manage.py load_catalogue`: brings sources, statements and strategies up to the file."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from resistance.catalogue import CatalogueError, load_catalogue


class Command(BaseCommand):
    help = "Loads the catalogue of sources, statements and strategies; may be run any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="another file than the shipped one")

    def handle(self, *, path: Path | None, **options: object) -> None:  # noqa: ARG002
        try:
            result = load_catalogue(path)
        except CatalogueError as error:
            raise CommandError(f"Catalogue not loaded: {error}") from error
        self.stdout.write(
            f"Catalogue: {result.created} created, {result.updated} updated, "
            f"{result.superseded} superseded, {result.unchanged} unchanged."
        )
