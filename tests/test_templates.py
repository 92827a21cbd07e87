"""Rules for every template: nothing inline, and no text that a translator cannot reach."""

import re
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER) for path in FOLDER.rglob("*.html"))
WITH_STYLE = {"mail", "package"}
NO_WORDS = {"Headwind", "CSV", "XLSX", "PDF", "ICS", "JSON", "n"}

COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}|<!--.*?-->", re.DOTALL)
INLINE = re.compile(
    r"""<style|<script(?![^>]*\ssrc=)(?![^>]*type="application/json")|\sstyle=|\son[a-z]+="""
    r"""|javascript:|hx-on""",
    re.IGNORECASE,
)
FOREIGN = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")
TRANSLATED = re.compile(
    r"{% blocktrans(?:late)?\b.*?%}.*?{% endblocktrans(?:late)? %}|{%.*?%}|{{.*?}}", re.DOTALL
)
READ_ATTRIBUTES = re.compile(
    r"""\s(?:aria-label|title|alt|placeholder|content-label)=["']([^"']*)"""
)
CODE = re.compile(
    r"""<(script|style)\b.*?</\1>|<span class="formula".*?</span>""", re.DOTALL
)  # symbols are the same in every language
TAG = re.compile(r"<[^>]*>")
ENTITY = re.compile(r"&#?\w+;")
WORD = re.compile(r"[^\W\d_]+")


def bare_words(source: str) -> list[str]:
    """Words that a reader would see and that stand outside every translation tag."""
    text = TRANSLATED.sub(" ", COMMENT.sub(" ", source))
    read = " ".join(READ_ATTRIBUTES.findall(text))
    seen = ENTITY.sub(" ", TAG.sub(" ", CODE.sub(" ", text)))
    return [word for word in WORD.findall(f"{seen} {read}") if word not in NO_WORDS]


def inline_parts(source: str) -> list[str]:
    return INLINE.findall(COMMENT.sub("", source))


def test_bare_words_are_found_where_a_reader_sees_them():
    source = '<p class="x" title="Two">One {% translate "no" %} {{ nor }}</p>{# this #}'

    assert bare_words(source) == ["One", "Two"]


def test_inline_parts_are_found():
    source = '<p style="x" onclick="y"><script>z</script><script src="a.js"></script>'

    assert inline_parts(source) == [" style=", " onclick=", "<script"]


@pytest.mark.parametrize("name", TEMPLATES, ids=str)
def test_template_has_no_words_outside_translation(name):
    source = (FOLDER / name).read_text(encoding="utf-8")

    assert bare_words(source) == []


@pytest.mark.parametrize(
    "name", [name for name in TEMPLATES if name.parts[0] not in WITH_STYLE], ids=str
)
def test_template_has_nothing_inline_and_nothing_foreign(name):
    source = (FOLDER / name).read_text(encoding="utf-8")

    assert inline_parts(source) + FOREIGN.findall(source) == []
