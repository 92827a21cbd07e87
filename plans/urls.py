"""Addresses of home, plans, actions, requests, strategies and exports."""

from django.urls import path

from plans.views import actions, board, exports, home, overview, repulses, steering, strategies

app_name = "plans"

urlpatterns = [
    path("", home.home, name="home"),
    path("overview/", overview.overview, name="overview"),
    path("plans/", exports.plans, name="plans"),
    path("plans/<int:pk>/", board.plan, name="plan"),
    path("plans/<int:pk>/preview/", steering.preview, name="preview"),
    path("plans/<int:pk>/keep/", steering.keep, name="keep"),
    path("plans/<int:pk>/print/", board.plan_print, name="plan_print"),
    path("plans/<int:pk>/add/", board.add, name="add"),
    path("plans/<int:pk>/ask/", board.ask_own, name="ask_own"),
    path("plans/<int:pk>/lead/", board.lead, name="lead"),
    path("suggestions/<int:pk>/accept/", board.accept, name="accept"),
    path("suggestions/<int:pk>/decline/", board.decline, name="decline"),
    path("suggestions/<int:pk>/ask/", board.ask, name="ask"),
    path("requests/", board.requests, name="requests"),
    path("requests/<int:pk>/", board.answer_request, name="request"),
    path("actions/<int:pk>/", actions.action, name="action"),
    path("actions/<int:pk>/check-in/", actions.check_in, name="check_in"),
    path("actions/<int:pk>/steps/", actions.steps, name="steps"),
    path("actions/<int:pk>/steps/add/", actions.add_step, name="add_step"),
    path("actions/<int:pk>/edit/", actions.edit, name="edit"),
    path("actions/<int:pk>/stop/", actions.stop, name="stop"),
    path("actions/<int:pk>/reopen/", actions.reopen, name="reopen"),
    path("strategies/", strategies.strategies, name="strategies"),
    path("strategies/<slug:slug>/", strategies.strategy, name="strategy"),
    path("repulses/", repulses.repulses, name="repulses"),
    path("repulses/due/", repulses.repulses_due, name="repulses_due"),
    path("repulses/<uuid:follows>/<slug:source>/", repulses.repulse, name="repulse"),
    path(
        "repulses/<uuid:follows>/<slug:source>/preview/",
        repulses.repulse_preview,
        name="repulse_preview",
    ),
    path("exports/plans.xlsx", exports.export_xlsx, name="export_xlsx"),
    path("exports/plans.csv", exports.export_csv, name="export_csv"),
]
