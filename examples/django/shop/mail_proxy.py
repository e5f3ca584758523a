"""The way to mail-proxy and back, with the standard library alone: hands messages over, and knows the proxy's own calls."""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request
from collections.abc import Mapping

PROXY_URL = os.environ.get("MAIL_PROXY_URL", "http://127.0.0.1:8000")
PROXY_KEY = os.environ["MAIL_PROXY_KEY"]
SHARED_SECRET = os.environ["SHARED_SECRET"]
# Where the tenant has no webhook_secret, the shared secret alone tells who calls.
WEBHOOK_SECRET = os.environ.get("WEBHOOK_SECRET")


def add_messages(messages: list[dict]) -> None:
    """Queues the messages; raises OSError unless the proxy has them. What it refuses of them comes back as a report."""
    call = urllib.request.Request(
        f"{PROXY_URL}/commands/add-messages",
        data=json.dumps({"messages": messages}).encode(),
        headers={"X-API-Token": PROXY_KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(call, timeout=10):
        pass  # Any other status than 2xx has raised; 2xx means that the messages are stored.


def has_shared_secret(headers: Mapping[str, str]) -> bool:
    """RFC 6750 2.1, compared in constant time."""
    given = headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {SHARED_SECRET}".encode())


def is_signed(headers: Mapping[str, str], body: bytes) -> bool:
    """Standard Webhooks: HMAC-SHA256 over id, timestamp and the body as it arrived; at most five minutes old.

    While the secret is being replaced there are two signatures, and one of them is made with the secret that is here.
    """
    if not WEBHOOK_SECRET:
        return True
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    if not key:
        return False
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)
