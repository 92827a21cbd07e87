import gzip
import json
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from surveys import pages
from surveys.ballot import decode
from surveys.box import Box
from surveys.keylist import written_root
from surveys.keystore import Keystore, MissingKey
from surveys.models import Assessment, Ballot, LedgerEntry, ReceiptList, State
from surveys.pages import facts_of, survey_html
from surveys.questionnaire import questionnaire_for
from surveys.receipts import hash_receipt, receipt_list
from surveys.sealing import unseal
from surveys.signing_keys import published_keys
from tests.blind_client import send_blindly
from tests.factories import (
    make_assessment,
    make_open_assessment,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
GERMAN = {"headers": {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}}
JSON = {"headers": {"accept": "application/json"}}
PAGES = ["", "sent/", "stored/", "counted/", "keys/", "receipts/"]
REFUSED = "This code has been used or is not valid."


@pytest.fixture(autouse=True)
def _fresh_pages():
    pages.finished_page.cache_clear()
    questionnaire_for.cache_clear()


@pytest.fixture
def statements():
    """Positions 0–2 about a source, 3 an outcome, 4 an open question."""
    source = make_source(part_title_de="Ihre Zeit", blocker_de="Keine Zeit")
    about = [make_statement(source=source) for _ in range(3)]
    return [*about, make_statement(kind="OUTCOME"), make_statement(kind="OPEN")]


def send(client, assessment, fields, *, query="", **extra):
    address = reverse("respond:survey", args=[assessment.pk]) + query
    return client.post(address, urlencode(fields, doseq=True), content_type=FORM, **extra)


def look_up(client, assessment, code, **extra):
    address = reverse("respond:group", args=[assessment.pk])
    return client.post(address, urlencode({"code": code}), content_type=FORM, **extra)


def receipt_in(page):
    return re.search(r"id=\"receipt\">([\w-]{14})<", page).group(1)


def opened(assessment):
    """The only ballot in the box."""
    key = Keystore(assessment.pk).box_private_key()
    sealed = bytes(Ballot.objects.get().ciphertext)
    return decode(unseal(private_key=key, assessment=assessment.pk.bytes, sealed=sealed))


def text_of(response):
    return response.content.decode()


def words_of(response):
    """What a reader sees, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response)).split())


def test_survey_shows_every_statement_in_one_document(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)

    page = text_of(client.get(f"/b/{assessment.pk}/"))

    assert [statement.text_en in page for statement in statements] == [True] * 5
    assert page.count('type="radio"') == 4 * 6 + 3
    assert page.count("<h1>") == 1


def test_survey_is_rendered_once_for_each_language(client, statements, django_assert_num_queries):
    assessment, _codes = make_open_assessment(statements=statements)
    first = client.get(f"/b/{assessment.pk}/")

    with django_assert_num_queries(2):  # the assessment, and who reviews comments
        second = client.get(f"/b/{assessment.pk}/")

    assert first.content == second.content
    assert pages.finished_page.cache_info().misses == 1
    assert pages.finished_page.cache_info().hits == 1


def test_survey_is_rendered_anew_when_its_end_is_moved(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)
    first = client.get(f"/b/{assessment.pk}/")
    assessment.closes_at += timedelta(days=3)
    assessment.save()

    second = client.get(f"/b/{assessment.pk}/")

    assert first.content != second.content


def test_survey_names_who_reads_comments_first_and_what_happens_to_few(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)
    nobody = words_of(client.get(f"/b/{assessment.pk}/"))
    make_user(name="Rosa Lindgren", is_reviewer=True)
    make_user(name="Gone Away", is_reviewer=True, is_active=False)

    one = words_of(client.get(f"/b/{assessment.pk}/"))
    make_user(name="Ann Berg", is_reviewer=True)
    two = words_of(client.get(f"/b/{assessment.pk}/"))

    assert "No reviewer is named yet; until then nobody reads it." in nobody
    assert "Rosa Lindgren reads it first, as reviewer," in one
    assert "One of the reviewers reads it first" in two
    assert "leave it out: Ann Berg, Rosa Lindgren. If fewer than 10 in your group" in two


def test_pages_say_who_could_manipulate_the_server_and_what_a_missing_receipt_means(
    client, statements
):
    assessment, _codes = make_open_assessment(statements=statements)

    promised = text_of(client.get(f"/b/{assessment.pk}/"))
    stored = text_of(client.get(f"/b/{assessment.pk}/stored/"))
    receipts = words_of(client.get(f"/b/{assessment.pk}/receipts/"))

    assert f'href="/b/{assessment.pk}/stored/?lang=en#server"' in promised
    assert '<h2 id="server">Who could manipulate the server</h2>' in stored
    assert "If your receipt is not in the list Check it letter by letter." in receipts


def test_survey_travels_packed_where_the_browser_can(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)
    plain = client.get(f"/b/{assessment.pk}/")

    packed = client.get(f"/b/{assessment.pk}/", headers={"accept-encoding": "gzip, br"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


@pytest.mark.parametrize(
    ("fields", "heading"),
    [
        ({"state": State.OPENING}, "This survey is not open yet."),
        ({"opens_in": 1}, "This survey is not open yet."),
        ({"closes_in": -1}, "This survey closed on"),
        ({"state": State.CLOSED}, "This survey closed on"),
        ({"state": State.TALLYING}, "This survey closed on"),
        ({"state": State.SCORED}, "This survey closed on"),
        ({"state": State.FAILED}, "This survey closed on"),
    ],
)
def test_survey_says_when_it_takes_no_answers(client, fields, heading):
    now = timezone.now()
    assessment = make_assessment(
        state=fields.get("state", State.OPEN),
        opens_at=now + timedelta(days=fields.get("opens_in", -5)),
        closes_at=now + timedelta(days=fields.get("closes_in", 4)),
    )

    response = client.get(f"/b/{assessment.pk}/")

    assert response.status_code == 200
    assert heading in text_of(response)
    assert "<form" not in text_of(response)


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_draft_do_not_exist(client, page):
    draft = make_assessment()

    response = client.get(f"/b/{draft.pk}/{page}")

    assert response.status_code == 404


def test_casting_into_a_draft_is_refused_and_leaves_no_trace(client, statements):
    draft = make_assessment()

    response = send(client, draft, {"code": "x"})

    assert response.status_code == 404
    assert questionnaire_for.cache_info().currsize == 0


@pytest.mark.parametrize("page", PAGES)
def test_pages_set_no_cookie_and_are_not_kept(client, statements, page):
    assessment, _codes = make_open_assessment(statements=statements)
    client.cookies["sessionid"] = "somebody"

    response = client.get(f"/b/{assessment.pk}/{page}")

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "csrfmiddlewaretoken" not in text_of(response)


def test_pages_change_nothing_when_only_read(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        for page in PAGES:
            client.get(f"/b/{assessment.pk}/{page}")

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_plain_cast_stores_one_ballot_and_shows_its_receipt(client, statements):
    assessment, codes = make_open_assessment(statements=statements)
    answers = {"code": codes[0], "s0": "4", "s2": "6", "top": ["0"], "c4": "Time.", "r4": "h"}

    response = send(client, assessment, answers, query="?lang=de")

    assert response.status_code == 200
    assert '<html lang="de">' in text_of(response)
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == (1, 1)
    assert codes[0] not in str(response.headers) + text_of(response)
    receipt = receipt_in(text_of(response))
    hashed = hash_receipt(assessment=assessment.pk, receipt=receipt)
    assert opened(assessment).receipt_hash == hashed


def test_receipts_differ_and_stay_in_no_kept_page(client, statements):
    assessment, codes = make_open_assessment(statements=statements)

    first, second = (send(client, assessment, {"code": code}) for code in codes[:2])

    assert receipt_in(text_of(first)) != receipt_in(text_of(second))
    kept = pages.finished_page("receipt", "en", pages.recent_facts(assessment.pk))
    assert pages.RECEIPT_MARK in kept.plain


def test_cast_renders_no_template_after_the_first(client, statements, monkeypatch):
    assessment, codes = make_open_assessment(statements=statements)
    send(client, assessment, {"code": codes[1]})
    monkeypatch.setattr(pages, "render_to_string", None)

    response = send(client, assessment, {"code": codes[0]})

    assert response.status_code == 200


def test_cast_answers_the_script_in_json(client, statements):
    assessment, codes = make_open_assessment(statements=statements)

    response = send(client, assessment, {"code": codes[0]}, query="?lang=en", **JSON)

    found = json.loads(response.content)
    hashed = hash_receipt(assessment=assessment.pk, receipt=found.pop("receipt"))
    assert found == {"sent": f"/b/{assessment.pk}/sent/?lang=en"}
    assert opened(assessment).receipt_hash == hashed
    assert "Set-Cookie" not in response.headers


def test_cast_says_the_same_of_a_used_and_an_unknown_code(client, statements):
    assessment, codes = make_open_assessment(statements=statements)
    send(client, assessment, {"code": codes[0]})
    other = codes[1].replace(codes[1][0], "Z" if codes[1][0] != "Z" else "Y", 1)

    used = send(client, assessment, {"code": codes[0]}, **JSON)
    unknown = send(client, assessment, {"code": other}, **JSON)

    assert used.status_code == unknown.status_code == 400
    assert used.content == unknown.content
    assert json.loads(used.content)["problems"][0]["text"].startswith(REFUSED)


def test_cast_gives_back_a_refused_form_as_it_was_filled_in(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)
    fields = {"code": "WRONG", "s1": "2", "s3": "6", "top": ["0"], "c4": "<b>Time", "r4": "r"}

    response = send(client, assessment, fields)

    page = text_of(response)
    ticked = re.findall(r'name="(\w+)" value="(\w+)" checked', page)
    assert response.status_code == 400
    assert ticked == [("s1", "2"), ("s3", "6"), ("top", "0"), ("r4", "r")]
    assert "&lt;b&gt;Time</textarea>" in page
    assert page.count('value="WRONG"') == 2
    assert f'<a href="#code">{REFUSED}' in page
    assert "Content-Encoding" not in response.headers


def test_cast_names_each_wrong_field(client, statements):
    assessment, codes = make_open_assessment(statements=statements)
    fields = {"code": codes[0], "s0": "9", "c4": "ä" * 901}

    response = send(client, assessment, fields)

    page = text_of(response)
    assert response.status_code == 400
    assert '<a href="#s0">' in page
    assert '<a href="#c4">This text is too long.' in page
    assert "ä" * 901 in page
    assert Ballot.objects.count() == 0


def test_cast_after_the_end_says_that_it_closed(client, statements):
    assessment, codes = make_open_assessment(
        statements=statements, closes_at=timezone.now() - timedelta(minutes=1)
    )

    response = send(client, assessment, {"code": codes[0]})
    to_script = send(client, assessment, {"code": codes[0]}, **JSON)

    assert (response.status_code, to_script.status_code) == (409, 409)
    assert "This survey closed on" in text_of(response)
    assert json.loads(to_script.content)["problems"][0]["field"] == ""
    assert Ballot.objects.count() == 0


NOT_SENT = "Not sent. Your answers are still on this page."
UNSURE = "We do not know whether this arrived."


@pytest.mark.parametrize(("failure", "words"), [(DatabaseError, UNSURE), (MissingKey, NOT_SENT)])
def test_cast_keeps_the_answers_when_storing_fails(
    client, statements, monkeypatch, caplog, failure, words
):
    assessment, codes = make_open_assessment(statements=statements)

    def fail(**_fields):
        raise failure("secret detail")

    monkeypatch.setattr("surveys.views.respond.cast_plain", fail)

    response = send(client, assessment, {"code": codes[0], "s1": "5"})

    assert response.status_code == 503
    assert f"<li>{words}" in text_of(response)
    assert 'name="s1" value="5" checked' in text_of(response)
    assert codes[0] not in caplog.text
    assert "secret detail" not in caplog.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_answers_stay_while_the_database_does_not_answer(client, statements, monkeypatch, accept):
    assessment, codes = make_open_assessment(statements=statements)
    client.get(f"/b/{assessment.pk}/")

    def refuse(*_query):
        raise OperationalError("the database is gone")

    monkeypatch.setattr(Box, "__enter__", refuse)  # it goes to the driver, past the wrapper
    with connection.execute_wrapper(refuse):
        response = send(client, assessment, {"code": codes[0], "s1": "5"}, HTTP_ACCEPT=accept)

    assert response.status_code == 503
    assert UNSURE in response.content.decode()
    assert 'name="s1" value="5" checked' in text_of(response) or accept == "application/json"


def test_cast_reads_no_uploads_and_no_large_bodies(client, statements):
    assessment, codes = make_open_assessment(statements=statements)
    address = f"/b/{assessment.pk}/"

    upload = client.post(address, {"code": codes[0]})
    large = send(client, assessment, {"code": codes[0], "c4": "x" * 40_000})

    assert (upload.status_code, large.status_code) == (400, 413)
    assert Ballot.objects.count() == 0


def test_group_names_it_with_its_size(client, statements):
    assessment, codes = make_open_assessment(statements=statements, invited=9)

    response = look_up(client, assessment, codes[0].lower(), **JSON)

    found = json.loads(response.content)
    keys = published_keys(assessment.pk)
    assert (found["name"], found["invited"], found["group"]) == ("Calls A", 9, 0)
    assert found["modulus"] == keys.public[0].modulus_hex
    assert found["path"] == keys.key_list.path(0).hex()


def test_group_says_the_same_before_and_after_taking_part(client, statements):
    assessment, codes = make_open_assessment(statements=statements)
    before = look_up(client, assessment, codes[0], **JSON)
    send(client, assessment, {"code": codes[0]})

    after = look_up(client, assessment, codes[0], **JSON)

    assert before.content == after.content


def test_group_without_script_fills_in_the_code(client, statements):
    assessment, codes = make_open_assessment(statements=statements)

    page = text_of(look_up(client, assessment, codes[0]))

    assert "You are counted with 9 people:</strong> Calls A." in page
    assert page.count(f'value="{codes[0]}"') == 2
    assert codes[0] not in re.findall(r'(?:href|action)="([^"]*)"', page)


def test_group_refuses_an_unknown_code(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)

    response = look_up(client, assessment, "nothing")

    assert response.status_code == 400
    assert f'<a href="#code-first">{REFUSED}' in text_of(response)


@pytest.mark.parametrize("address", ["group/", ""])
def test_code_in_the_address_is_not_read(client, statements, address):
    assessment, codes = make_open_assessment(statements=statements)

    response = client.post(
        f"/b/{assessment.pk}/{address}?code={codes[0]}", "", content_type=FORM, **JSON
    )

    assert response.status_code == 400


def test_language_is_the_one_asked_for_then_the_browsers_then_the_first(client, statements):
    assessment, _codes = make_open_assessment(statements=statements, languages=["de", "en"])
    address = f"/b/{assessment.pk}/"

    languages = [
        re.search(r'<html lang="(\w+)"', text_of(response)).group(1)
        for response in (
            client.get(f"{address}?lang=en", **GERMAN),
            client.get(address, **GERMAN),
            client.get(address, headers={"accept-language": "en-GB"}),
            client.get(address, headers={"accept-language": "fr"}),
            client.get(f"{address}?lang=xx"),
        )
    ]

    assert languages == ["en", "de", "en", "de", "de"]


def test_language_that_is_not_offered_is_not_used(client, statements):
    assessment, _codes = make_open_assessment(statements=statements, languages=["en"])

    page = text_of(client.get(f"/b/{assessment.pk}/?lang=de", **GERMAN))

    assert '<html lang="en">' in page
    assert "?lang=de" not in page


@pytest.mark.parametrize("page", PAGES)
def test_german_page_has_no_english_line(client, statements, page):
    assessment, _codes = make_open_assessment(statements=statements)

    english = lines_of(client.get(f"/b/{assessment.pk}/{page}?lang=en"))
    german = lines_of(client.get(f"/b/{assessment.pk}/{page}?lang=de"))

    assert len(english) == len(german)
    assert english & german <= {"English", "Deutsch", "Headwind", "Team", "Calls A"}


def lines_of(response):
    """The texts between the tags and those the script uses, without blanks."""
    page = re.sub(r"<code>.*?</code>", "", text_of(response))
    words = re.findall(r">([^<]+)<", page) + re.findall(
        r'data-(?!title|root)\w+="([^"]*[a-z][^"]*)"', page
    )
    return {word.strip() for word in words if re.search("[A-Za-z]{2}", word)} - {
        str(part) for part in re.findall(r'data-assessment="([^"]*)"', page)
    }


def test_find_page_works_without_an_assessment(client):
    response = client.get("/b/", **GERMAN)

    assert response.status_code == 200
    assert '<html lang="de">' in text_of(response)


def test_preview_has_nothing_to_send(statements):
    assessment, _codes = make_open_assessment(statements=statements)

    page = survey_html(
        facts_of(assessment), questionnaire_for(assessment.pk), "en", is_preview=True
    )

    assert statements[0].text_en in page
    assert [part in page for part in ("<form", "<script", 'name="code"')] == [False] * 3


# The blind path's two requests


def ask(client, assessment, name, fields):
    """A request of the script: status and what came back."""
    address = reverse(f"respond:{name}", args=[assessment.pk])
    response = client.post(address, urlencode(fields), content_type=FORM, **JSON)
    return response.status_code, response


@pytest.mark.parametrize(
    "blinded", ["", "00", "AB" * 256, "ab" * 255, "ab" * 257, "0x" + "ab" * 255, "zz" * 256]
)
def test_sign_takes_exact_lengths_of_small_hex_only(client, statements, blinded):
    assessment, codes = make_open_assessment(statements=statements)

    status, _response = ask(client, assessment, "sign", {"code": codes[0], "blinded": blinded})

    assert status == 400
    assert LedgerEntry.objects.count() == 0


def test_sign_says_the_same_of_a_used_and_an_unknown_code(client, statements):
    assessment, codes = make_open_assessment(statements=statements)
    send_blindly(client, assessment, codes[0], {"s0": "4"})
    other = codes[1].replace(codes[1][0], "Z" if codes[1][0] != "Z" else "Y", 1)

    used = ask(client, assessment, "sign", {"code": codes[0], "blinded": "1b" * 256})
    unknown = ask(client, assessment, "sign", {"code": other, "blinded": "1b" * 256})

    assert used[0] == unknown[0] == 400
    assert used[1].content == unknown[1].content
    assert used[1].json()["problems"][0]["field"] == "code"


def test_cast_blind_refuses_a_code(client, statements):
    assessment, codes = make_open_assessment(statements=statements)

    status, _response = ask(client, assessment, "cast", {"code": codes[0]})

    assert status == 400


def test_cast_blind_refuses_what_was_not_signed(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)
    fields = {"group": "0", "token": "ab" * 130, "signature": "ab" * 256, "s0": "4"}

    status, response = ask(client, assessment, "cast", fields)

    assert status == 403
    assert response.json()["problems"][0]["text"].startswith("This ballot has no valid signature")
    assert Ballot.objects.count() == 0


def test_cast_blind_answers_the_same_when_repeated(client, statements, monkeypatch):
    assessment, codes = make_open_assessment(statements=statements)
    answers = []
    post = client.post
    monkeypatch.setattr(
        client, "post", lambda *a, **k: answers.append(((a, k), post(*a, **k))) or answers[-1][1]
    )
    send_blindly(client, assessment, codes[0], {"s0": "4"})
    (arguments, keywords), first = answers[-1]

    again = post(*arguments, **keywords)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert Ballot.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "broken", "words"), [("sign", "sign", NOT_SENT), ("cast", "cast_blind", UNSURE)]
)
def test_blind_path_says_what_is_known_when_the_server_fails(
    client, statements, monkeypatch, caplog, name, broken, words
):
    assessment, codes = make_open_assessment(statements=statements)

    def fail(**_fields):
        raise DatabaseError("secret detail")

    monkeypatch.setattr(f"surveys.blind_casting.{broken}", fail)
    fields = {
        "sign": {"code": codes[0], "blinded": "1b" * 256},
        "cast": {"group": "0", "token": "ab" * 130, "signature": "ab" * 256},
    }

    status, response = ask(client, assessment, name, fields[name])

    assert status == 503
    assert response.json()["problems"][0]["text"].startswith(words)
    assert "secret detail" not in caplog.text


def test_blind_path_does_not_exist_without_keys(client):
    draft = make_assessment()
    fields = {"group": "0", "token": "ab" * 130, "signature": "ab" * 256}

    assert ask(client, draft, "cast", fields)[0] == 404


def test_page_carries_the_root_that_the_mail_shows(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)

    page = text_of(client.get(f"/b/{assessment.pk}/"))

    assert f'data-root="{bytes(assessment.key_root).hex()}" data-groups="1"' in page
    written = written_root(bytes(assessment.key_root))
    assert written in text_of(client.get(f"/b/{assessment.pk}/stored/"))
    keys = text_of(client.get(f"/b/{assessment.pk}/keys/"))
    assert written in keys
    assert published_keys(assessment.pk).public[0].key_id.hex() in keys


def test_receipts_are_published_after_the_counting_only(client, statements):
    assessment, _codes = make_open_assessment(statements=statements)
    listed = receipt_list([bytes(range(16)), bytes(16)])
    ReceiptList.objects.create(assessment=assessment, listed=listed)
    before = client.get(f"/b/{assessment.pk}/receipts/list/")
    Assessment.objects.filter(pk=assessment.pk).update(
        state=State.SCORED,
        scored_at=timezone.now(),
        invited_count=9,
        taken_part_count=3,
        ballot_count=2,
    )

    after = client.get(f"/b/{assessment.pk}/receipts/list/")

    assert before.status_code == 404
    assert after.content.decode() == listed
    assert after.headers["Content-Disposition"] == 'attachment; filename="receipts.txt"'
    page = text_of(client.get(f"/b/{assessment.pk}/check/"))
    assert re.findall(r"<dd>(\d+)</dd>", page) == ["9", "3", "2"]
