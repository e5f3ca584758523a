"""What Django needs to run this shop on one machine; of the proxy only the last lines know."""

import os

# For this machine alone: nothing here is signed with it but what Django insists on.
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-trying-out")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"
USE_TZ = True

EMAIL_HOST = os.environ.get("MAIL_SERVER", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("MAIL_PORT", "2525"))
EMAIL_HOST_USER = "mydjangomail"
EMAIL_HOST_PASSWORD = os.environ["MAIL_PROXY_KEY"]
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = "Shop <shop@example.com>"
