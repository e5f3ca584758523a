"""A shop that confirms orders by mail, on Flask.

1. POST /orders             queues the confirmation
2. POST /mail-proxy/sync    takes the reports
3. GET  /orders/<number>    tells how the confirmation stands
"""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request

from flask import Flask, abort, request

PROXY_URL = os.environ.get("MAIL_PROXY_URL", "http://127.0.0.1:8000")
PROXY_KEY = os.environ["MAIL_PROXY_KEY"]
WEBHOOK_KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))

app = Flask(__name__)

# By the id of the confirmation. A real shop keeps both in its database.
orders: dict[str, dict[str, str]] = {}
seen_events: set[str] = set()


@app.post("/orders")
def place_order():
    email = request.get_json()["email"]
    number = len(orders) + 1
    orders[f"order-{number}"] = {"email": email, "mail": "queued"}
    queue_confirmation(number, email)
    return {"number": number}, 201


@app.get("/orders/<int:number>")
def show_order(number: int):
    return orders.get(f"order-{number}") or abort(404)


@app.post("/mail-proxy/sync")
def take_reports():
    if not is_signed():
        abort(401)
    for report in request.get_json()["delivery_report"]:
        # Reports come at least once: what was seen before is acknowledged again and changes nothing.
        if report["event_id"] in seen_events:
            continue
        seen_events.add(report["event_id"])
        order = orders.get(report["id"])
        if order is not None:
            order["mail"] = outcome_of(report) or order["mail"]
    return {"ok": True, "queued": 0}


def queue_confirmation(number: int, email: str) -> None:
    """The id comes from the order, not from chance: repeating a call whose answer was lost sends nothing twice."""
    message = {
        "id": f"order-{number}",
        "from": "Shop <shop@example.com>",
        "to": email,
        "subject": f"Your order {number}",
        "text": "Thank you. We are packing it.",
    }
    call = urllib.request.Request(
        f"{PROXY_URL}/commands/add-messages",
        data=json.dumps({"messages": [message]}).encode(),
        headers={"X-API-Token": PROXY_KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(call, timeout=10) as response:
        answer = json.load(response)
    if not answer["ok"]:
        raise RuntimeError(f"{message['id']} was not queued: {answer['rejected'][0]['reason']}")


def outcome_of(report: dict) -> str | None:
    if "sent_ts" in report:
        return "sent"
    if "error_ts" in report:
        return f"failed: {report['error']}"
    return f"delayed: {report['deferred_reason']}" if "deferred_ts" in report else None


def is_signed() -> bool:
    """Standard Webhooks: HMAC-SHA256 over id, timestamp and the body as it arrived; at most five minutes old."""
    message_id = request.headers.get("webhook-id", "")
    timestamp = request.headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + request.get_data()
    expected = "v1," + base64.b64encode(hmac.digest(WEBHOOK_KEY, signed, hashlib.sha256)).decode()
    given = request.headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "5000")))
