"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("b/", include("surveys.urls_respond")),  # first, as most requests go there
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls_sign_in")),
    path("", include("accounts.urls")),
    path("", include("surveys.urls")),
    path("", include("plans.urls")),
]
