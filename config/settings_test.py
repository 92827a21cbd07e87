"""Settings of the test run: folders that vanish, the chosen database, quick passwords."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

TEST_DIR = Path(tempfile.mkdtemp(prefix="hw-test-"))
atexit.register(shutil.rmtree, TEST_DIR, ignore_errors=True)
for _name in ("ALLOWED_HOSTS", "BASE_URL", "DEBUG", "EMAIL_URL", "HOST", "HTTPS", "PROXY_COUNT"):
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = str(TEST_DIR / "data")
os.environ["KEY_DIR"] = str(TEST_DIR / "keys")
os.environ["SECRET_KEY"] = "only-for-the-tests-" + "0123456789" * 4
os.environ["REDIS_URL"] = f"unix://{TEST_DIR}/valkey.sock?db=0"
os.environ["CACHE_URL"] = f"unix://{TEST_DIR}/valkey.sock?db=1"
os.environ["CASTING_GRACE_SECONDS"] = os.environ["SWEEP_SECONDS"] = "1"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in the test's thread
if os.environ.get("DB") == "postgres":
    POSTGRES_DIR = Path(tempfile.mkdtemp(prefix="hw-pg-"))
    atexit.register(shutil.rmtree, POSTGRES_DIR, ignore_errors=True)
    os.environ["DATABASE_URL"] = f"postgres://postgres@/headwind?host={POSTGRES_DIR}"
else:
    os.environ["DATABASE_URL"] = f"sqlite:///{TEST_DIR}/data/headwind.sqlite3"

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES, STATIC_ROOT  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
STATIC_ROOT.mkdir()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
