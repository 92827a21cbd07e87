"""Translations: what is not translated is named, what is translated is compiled."""

import re

from babel.messages.catalog import Catalog

from config import messages


def catalogue(*entries: tuple[str, str], fuzzy: bool = False) -> Catalog:
    found = Catalog(locale="de")
    for msgid, string in entries:
        flags = ["fuzzy"] if fuzzy else []
        found.add(msgid, string, [("a.py", 1)], flags=flags)
    return found


def test_complete_catalogue_has_no_faults():
    german = catalogue(("Team", "Team"), ("%(n)s days", "%(n)s Tage"))

    assert messages.faults(german, catalogue(("Team", ""), ("%(n)s days", ""))) == []


def test_missing_empty_and_fuzzy_msgids_are_named():
    german = catalogue(("Empty", ""))

    found = messages.faults(german, catalogue(("Empty", ""), ("Missing", "")))
    fuzzy = messages.faults(catalogue(("Old", "Alt"), fuzzy=True), catalogue(("Old", "")))

    assert found == ["empty: 'Empty' (a.py)", "missing: 'Missing' (a.py)"]
    assert fuzzy == ["fuzzy: 'Old' (a.py)"]


def test_lost_placeholder_is_named():
    german = catalogue(("%(n)s days", "Tage %(m)s"))

    assert len(messages.faults(german, catalogue(("%(n)s days", "")))) == 1


def test_template_texts_are_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "{% load i18n %}<p>it's {% translate 'One' %}</p>\n"
        "   {% blocktranslate trimmed count n=n %}\n {{ n }} day\n {% plural %}\n {{ n }} days\n"
        " {% endblocktranslate %}\n{% translate 'May' context 'verb' %}"
    )

    found = [(msgid, context) for _, msgid, _, context in messages.extract_file(page)]

    assert found == [("One", None), (("%(n)s day", "%(n)s days"), None), ("May", "verb")]


def test_code_texts_are_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        '_("One")\nngettext("day", "days", 2)\npgettext("verb", "May")\nother("No")\n'
    )

    found = [(msgid, context) for _, msgid, _, context in messages.extract_file(module)]

    assert found == [("One", None), (("day", "days"), None), ("May", "verb")]


def test_no_text_hides_in_an_f_string_where_extraction_cannot_see_it():
    hidden = re.compile(r"""f(["']).*\{(_|gettext|ngettext|pgettext)\(""")

    found = [
        f"{file}:{number}"
        for file in messages.source_files()
        if file.suffix == ".py"
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if hidden.search(line)
    ]

    assert found == []
