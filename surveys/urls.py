"""Addresses of assessments, results, comment review, and the pages that explain."""

from django.urls import path

from surveys.views import (
    assessments,
    comments,
    outbox,
    package,
    pages,
    printing,
    results,
    setbacks,
    trustees,
    wizard,
)

app_name = "surveys"

urlpatterns = [
    path("assessments/", assessments.assessments, name="assessments"),
    path("assessments/new/", wizard.wizard_new, name="wizard_new"),
    path("assessments/<uuid:pk>/", assessments.assessment, name="assessment"),
    path("assessments/<uuid:pk>/initiative/", wizard.wizard_initiative, name="wizard_initiative"),
    path("assessments/<uuid:pk>/teams/", wizard.wizard_teams, name="wizard_teams"),
    path("assessments/<uuid:pk>/groups/", wizard.wizard_groups, name="wizard_groups"),
    path("assessments/<uuid:pk>/dates/", wizard.wizard_dates, name="wizard_dates"),
    path("assessments/<uuid:pk>/check/", wizard.wizard_check, name="wizard_check"),
    path("assessments/<uuid:pk>/thresholds/", wizard.wizard_thresholds, name="wizard_thresholds"),
    path("assessments/<uuid:pk>/keys/", wizard.wizard_keys, name="wizard_keys"),
    path("assessments/<uuid:pk>/preview/", wizard.wizard_preview, name="wizard_preview"),
    path("assessments/<uuid:pk>/open/", assessments.assessment_open, name="assessment_open"),
    path("assessments/<uuid:pk>/close/", assessments.assessment_close, name="assessment_close"),
    path("assessments/<uuid:pk>/extend/", assessments.assessment_extend, name="assessment_extend"),
    path("assessments/<uuid:pk>/remind/", assessments.assessment_remind, name="assessment_remind"),
    path("assessments/<uuid:pk>/resend/", assessments.assessment_resend, name="assessment_resend"),
    path(
        "assessments/<uuid:pk>/joiners/",
        assessments.assessment_joiners,
        name="assessment_joiners",
    ),
    path("assessments/<uuid:pk>/retry/", assessments.assessment_retry, name="assessment_retry"),
    path("assessments/<uuid:pk>/take-back/", setbacks.assessment_back, name="assessment_back"),
    path(
        "assessments/<uuid:pk>/give-up/",
        setbacks.assessment_give_up,
        name="assessment_give_up",
    ),
    path("trustee/", trustees.trustee_list, name="trustee_list"),
    path("trustee/<uuid:pk>/", trustees.trustee, name="trustee"),
    path("trustee/<uuid:pk>/code/", trustees.trustee_code, name="trustee_code"),
    path("trustee/<uuid:pk>/confirm/", trustees.trustee_confirm, name="trustee_confirm"),
    path("trustee/<uuid:pk>/unlock/", trustees.trustee_unlock, name="trustee_unlock"),
    path("assessments/<uuid:pk>/delete/", assessments.assessment_delete, name="assessment_delete"),
    path("assessments/<uuid:pk>/slips/", printing.slips, name="slips"),
    path(
        "assessments/<uuid:pk>/slips/<int:number>/<int:when>/",
        printing.slips_of_group,
        name="slips_of_group",
    ),
    path("assessments/<uuid:pk>/poster/", printing.poster, name="poster"),
    path("assessments/<uuid:pk>/sources/", results.sources, name="sources"),
    path("results/", results.results_list, name="results_list"),
    path("results/<uuid:pk>/", results.results, name="results"),
    path("comments/", comments.comments, name="comments"),
    path("comments/<uuid:pk>/", comments.comment_unit, name="comment_unit"),
    path("comments/<uuid:pk>/undo/", comments.comment_undo, name="comment_undo"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("package/", package.package, name="package"),
    path("package/<slug:language>/", package.package_download, name="package_download"),
    path("method/", pages.method, name="method"),
    path("privacy/", pages.privacy, name="privacy"),
]
