"""What Django needs to run this shop on one machine; a real project has its own."""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent

# For this machine alone: nothing here is signed with it but what Django insists on.
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-trying-out")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SHOP_DATABASE", FOLDER / "shop.db"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
# A call may bring 500 reports, each with all its recipients: more than the 2.5 MB that Django takes by itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
