"""What is printed, downloaded and audited."""

import io
import re

import pytest
from django.conf import settings
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import AuditEntry
from surveys import paper, printing, slips
from surveys.keystore import Keystore
from surveys.models import State
from surveys.paper.typeset import MASK, square
from tests.factories import make_person, make_user
from tests.line import make_teams, open_over
from tests.squares import modules_of, text_of

pytestmark = pytest.mark.django_db
CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z*~$=]")


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def wave(hr):
    """Ten slips for Stores, two for Calls."""
    stores, calls = make_teams({"Stores": 9, "Calls": 9})
    for team, count in ((stores, 10), (calls, 2)):
        for _number in range(count):
            make_person(team=team, email=None)
    return open_over([stores, calls], by=hr)


def read(content):
    return PdfReader(io.BytesIO(content))


def text_in(content):
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


def codes_of(sheet, wave):
    return sorted(Keystore(wave.pk).codes_for(list(sheet.slips)).values())


def test_slips_are_printed_in_the_order_of_their_codes(wave):
    sheet = slips.sheets_of(wave)[0]

    text = text_in(printing.slips_pdf(wave, [sheet]))

    assert CODE.findall(text) == codes_of(sheet, wave)


def test_groups_stand_on_pages_of_their_own(wave):
    stores, calls = slips.sheets_of(wave)

    pages = [page.extract_text() for page in read(printing.slips_pdf(wave, [stores, calls])).pages]

    found = [set(CODE.findall(page)) for page in pages]
    assert found[-1] == set(codes_of(calls, wave))
    assert set.union(*found[:-1]) == set(codes_of(stores, wave))
    assert "Calls" not in "".join(pages[:-1])


def test_slip_says_all_in_both_languages(wave):
    text = text_in(printing.slips_pdf(wave, slips.sheets_of(wave)[1:]))

    for words in (
        "One-call resolution",
        "Lösung beim ersten Anruf",
        "or scan the square.",
        "Until Thursday 26 November, 10:00.",
        "Note nothing: not who drew, and not which slip.",
        "Counted with: Calls.",
        "Gezählt mit: Calls.",
        "so a lost one cannot be replaced. Keep it",
        "ein verlorener nicht ersetzt werden. Heben Sie ihn auf",
    ):
        assert words in text


def test_file_is_tagged_and_speaks_the_language_of_the_assessment(wave):
    wave.languages = ["de", "en"]

    for content in (
        printing.slips_pdf(wave, slips.sheets_of(wave)),
        printing.poster_pdf(wave),
    ):
        root = read(content).trailer["/Root"]
        assert root["/Lang"] == "de"
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert "pdfuaid:part" in root["/Metadata"].get_data().decode()


def test_poster_shows_the_short_address_and_no_code(wave):
    content = printing.poster_pdf(wave)

    text = text_in(content)
    assert len(read(content).pages) == 1
    assert printing.address().split("//")[1] in text.replace("\u200b", "").replace(" ", "")
    assert CODE.findall(text) == []
    assert "A lost slip cannot be replaced" in text


def test_long_names_keep_the_poster_on_one_page(wave):
    wave.name_en, wave.name_de = "Resolving " * 8, "Lösungsfindung " * 5
    wave.purpose_en = "w" * 240

    assert len(read(printing.poster_pdf(wave)).pages) == 1


@pytest.mark.parametrize("host", ["https://a.example", "https://headwind.company.example"])
def test_square_holds_the_link(host):
    link = f"{host}/b/0b0f9a6e-1111-4a4a-9a9a-0123456789ab/#7K3F-9QXM-0TZA-4WHB-~"

    assert text_of(modules_of(square(link)), MASK) == link


def test_names_are_words_and_no_markup(wave):
    wave.name_en = 'A #strong[x] $y$ "z" \\ {address}'

    assert "A #strong[x] $y$" in text_in(printing.poster_pdf(wave))


def test_downloads_are_audited_without_codes(client, wave, hr):
    client.force_login(hr)

    answer = client.get(reverse("surveys:slips", args=[wave.pk]))

    assert answer["Content-Disposition"] == 'attachment; filename="headwind-slips.pdf"'
    assert "no-store" in answer["Cache-Control"]
    entry = AuditEntry.objects.get(verb="slips downloaded")
    assert entry.detail == {"groups": ["Stores", "Calls"], "slips": 12}
    assert len(CODE.findall(text_in(answer.content))) == 12


def test_one_group_can_be_downloaded(client, wave, hr):
    client.force_login(hr)

    answer = client.get(reverse("surveys:slips_of_group", args=[wave.pk, 1, 0]))

    assert set(CODE.findall(text_in(answer.content))) == set(
        codes_of(slips.sheets_of(wave)[1], wave)
    )


@pytest.mark.parametrize("name", ["slips", "poster"])
def test_nothing_is_printed_once_it_is_closed(client, wave, hr, name):
    client.force_login(hr)
    wave.state = State.CLOSED
    wave.save()

    assert client.get(reverse(f"surveys:{name}", args=[wave.pk])).status_code == 404


def test_manager_who_did_not_start_it_gets_no_slips(client, wave):
    manager = make_user()
    wave.teams.first().managers.add(manager)
    client.force_login(manager)

    assert client.get(reverse("surveys:slips", args=[wave.pk])).status_code == 404
    assert b"People without e-mail" not in client.get(wave.get_absolute_url()).content


def test_failure_to_set_is_told_without_detail(client, wave, hr, monkeypatch):
    client.force_login(hr)
    monkeypatch.setattr(paper, "SECONDS", 0.001)

    answer = client.get(reverse("surveys:slips", args=[wave.pk]), follow=True)

    assert "The file could not be made." in answer.content.decode()


def test_lost_keys_are_told(client, wave, hr):
    client.force_login(hr)
    Keystore(wave.pk).destroy()

    answer = client.get(reverse("surveys:slips", args=[wave.pk]), follow=True)

    assert "The keys of this assessment cannot be read" in answer.content.decode()


def test_page_counts_slips_per_group_and_tells_the_shared_address(client, wave, hr):
    client.force_login(hr)

    page = client.get(wave.get_absolute_url()).content.decode()

    assert "12 slips" in page
    assert page.count("/slips/0/0/") == page.count("/slips/1/0/") == 1
    assert f"{settings.BASE_URL}/b/?shared=1" in page


def test_very_many_slips_are_taken_group_by_group(client, wave, hr, monkeypatch):
    client.force_login(hr)
    monkeypatch.setattr(printing, "MAX_AT_ONCE", 11)

    page = client.get(wave.get_absolute_url()).content.decode()

    assert reverse("surveys:slips", args=[wave.pk]) + '"' not in page
    assert client.get(reverse("surveys:slips", args=[wave.pk])).status_code == 404
