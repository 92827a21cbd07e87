"""The entry point for a web server."""

import os

from config.processes import leave_with_pool

if os.environ.get("HEADWIND_SUPERVISED"):  # pool processes must not outlive their parent either
    leave_with_pool()

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
