"""The only settings file: every choice comes from the environment and is safe when unset.

.env.example lists and explains the variables.
"""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from config import environment as env
from config import queue, storage

if find_spec("psycopg"):
    raise ImproperlyConfigured(
        "psycopg 3 is installed beside psycopg2 and Django would silently use it;"
        " run pip uninstall psycopg."
    )

BASE_DIR = Path(__file__).resolve().parent.parent
PROJECT_APPS = ["accounts", "resistance", "surveys", "plans", "demonstration"]

# Folders

DATA_DIR = storage.private_folder("DATA_DIR", env.folder("DATA_DIR", BASE_DIR / "var"))
KEY_DIR = env.folder("KEY_DIR", storage.default_key_dir(DATA_DIR))
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'headwind.sqlite3'}")}
BACKUP_DIRS = env.folders("BACKUP_DIRS")
_places = [DATA_DIR, BASE_DIR, *BACKUP_DIRS]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _places.append(Path(DATABASES["default"]["NAME"]).parent)
storage.refuse_keys_beside_data(KEY_DIR, places=_places)
storage.private_folder("KEY_DIR", KEY_DIR)
storage.refuse_open_folder("KEY_DIR", KEY_DIR)

# Where and how it is reached

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", default=8000, minimum=1, maximum=65535)
BASE_URL = env.address("BASE_URL", f"http://127.0.0.1:{PORT}")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", f"localhost,127.0.0.1,{urlsplit(BASE_URL).hostname}")
DEBUG = env.flag("DEBUG", default=False)
DEMO = env.flag("DEMO", default=True)
HTTPS = env.flag("HTTPS", default=BASE_URL.startswith("https:"))
PROXY_COUNT = env.number("PROXY_COUNT", default=0, minimum=0, maximum=5)
WEB_WORKERS = env.number("WEB_WORKERS", default=2, minimum=1, maximum=64)

# Security

SECRET_KEY = env.text("SECRET_KEY") or storage.lasting_secret(DATA_DIR / "secret-key")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = False
CSRF_TRUSTED_ORIGINS = [BASE_URL]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Django

INSTALLED_APPS = [
    *PROJECT_APPS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "tree_queries",
]

MIDDLEWARE = [
    "config.middleware.BallotBoundary",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.StaffPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ProfileLanguage",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.navigation",
            ],
        },
    },
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Europe/Berlin")
USE_TZ = True

# People and sign-in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "accounts.access.AdministratorBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.sign_in.SignInForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Headwind"

# Mail: into files in a private folder unless a server is named

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = storage.private_folder("DATA_DIR", DATA_DIR / "outbox")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Headwind <headwind@localhost>")
globals().update(env.mail("EMAIL_URL"))

# Cache and queue

REDIS_URL = env.redis("REDIS_URL")
CACHES = {"default": queue.cache(env.redis("CACHE_URL") or REDIS_URL, DATA_DIR)}
CELERY_BROKER_URL = queue.broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = queue.transport_options(REDIS_URL, DATA_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"surveys.tasks.tally": {"queue": "heavy"}, "*.export_*": {"queue": "heavy"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = TIME_ZONE

# A lost run of these is made up by the next, so none may pile up while no worker runs.
SWEEP_SECONDS = env.number("SWEEP_SECONDS", default=20, minimum=1, maximum=600)
CELERY_BEAT_SCHEDULE = {
    "sweep assessments": {"task": "surveys.tasks.sweep", "schedule": SWEEP_SECONDS},
    "sweep plans": {"task": "plans.tasks.sweep", "schedule": 3 * SWEEP_SECONDS},
    "participation": {"task": "surveys.tasks.update_participation", "schedule": crontab(minute=0)},
    "forget": {"task": "surveys.tasks.forget", "schedule": crontab(hour=3, minute=30)},
    "digests": {"task": "plans.tasks.send_digests", "schedule": crontab(hour=7, minute=0)},
}
for _name in ("sweep assessments", "sweep plans"):
    CELERY_BEAT_SCHEDULE[_name]["options"] = {"expires": 3 * SWEEP_SECONDS}

# Collecting

CASTING_GRACE_SECONDS = env.number("CASTING_GRACE_SECONDS", default=600, minimum=1, maximum=86400)

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "assets"]
_static = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else _static
    },
}
MEDIA_ROOT = DATA_DIR / "media"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Log: to the standard error, no mails, nothing about a ballot page, no bodies

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ballots": {"()": "config.logs.HideBallots"}},
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "standard": {
            "class": "logging.StreamHandler",
            "filters": ["ballots"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["standard"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {
        "django": {"handlers": ["standard"], "level": "WARNING", "propagate": False},
        "django.server": {"handlers": ["standard"], "level": "INFO", "propagate": False},
    },
}
ADMINS: list[tuple[str, str]] = []
