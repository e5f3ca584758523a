"""A shop that confirms orders by mail, with the invoice attached, on Flask.

1. POST /orders                 stores the order, and hands its confirmation to the proxy
2. POST /mail/attachments       serves the invoice when the proxy is about to send it
3. POST /mail/delivery-report   takes the reports, and hands over what still waits
4. GET  /orders/<number>        tells how the confirmation stands
"""

import io
import os
import sqlite3
import time

import mail_proxy
import orders
from flask import Flask, abort, request, send_file

BATCH_SIZE = 100
QUIET_SECONDS = 600
INVOICE_VERSION = "2"

app = Flask(__name__)
orders.create_tables()


@app.post("/orders")
def place_order():
    number = orders.add(request.get_json()["email"])
    hand_over()
    return {"number": number}, 201


@app.get("/orders/<int:number>")
def show_order(number: int):
    return orders.find(number) or abort(404)


@app.post("/mail/attachments")
def serve_attachment():
    """The fields of the attachment's storage_path come as a form. A 404 fails the mail for good; a 5xx is tried again."""
    if not mail_proxy.has_shared_secret(request.headers):
        abort(401)
    order = orders.find(request.form.get("invoice_id", 0, type=int)) or abort(404)
    if request.form.get("v") != INVOICE_VERSION:
        abort(404)
    name = f"invoice-{order['number']}.txt"
    return send_file(io.BytesIO(invoice(order)), "text/plain", as_attachment=True, download_name=name)


@app.post("/mail/delivery-report")
def take_reports():
    if not mail_proxy.has_shared_secret(request.headers):
        abort(401)
    if not mail_proxy.is_signed(request.headers, request.get_data()):
        abort(401)
    error, not_found = [], []
    for report in request.get_json()["delivery_report"]:
        try:
            if not take_report(report):
                not_found.append(report["id"])
        except sqlite3.Error:
            app.logger.exception("the report on %s is not stored", report["id"])
            error.append(report["id"])  # This one comes again; the others are done.
    quiet_until = int(time.time()) + QUIET_SECONDS
    return {"ok": True, "queued": hand_over(), "next_sync_after": quiet_until, "error": error, "not_found": not_found}


def take_report(report: dict) -> bool:
    """Reports come at least once: what was seen before is acknowledged again and changes nothing."""
    number = report["id"].removeprefix("order-")
    if not number.isdecimal():
        return False
    return orders.take_event(int(number), (report["pk"], report["event_id"]), outcome_of(report))


def outcome_of(report: dict) -> str | None:
    if "sent_ts" in report:
        return "sent"
    if "error_ts" in report:
        return f"failed: {report['error']}"
    if "bounce_ts" in report:
        return f"bounced: {report['bounce_reason']}"
    return f"delayed: {report['deferred_reason']}" if "deferred_ts" in report else None


def hand_over() -> int:
    """Hands over the confirmations that wait; answers how many still do, for which the proxy calls again at once.

    Where it cannot be reached they wait for the next order, or for the proxy's next call.
    """
    waiting = orders.waiting()
    batch = waiting[:BATCH_SIZE]
    if not batch:
        return 0
    try:
        mail_proxy.add_messages([confirmation(order) for order in batch])
    except OSError:
        app.logger.exception("%d confirmations wait", len(waiting))
        return 0
    orders.handed_over(order["number"] for order in batch)
    return len(waiting) - len(batch)


def confirmation(order: dict) -> dict:
    """The id comes from the order, not from chance: repeating a call whose answer was lost sends nothing twice."""
    number = order["number"]
    return {
        "id": f"order-{number}",
        "from": "Shop <shop@example.com>",
        "to": order["email"],
        "subject": f"Your order {number}",
        "text": "Thank you. We are packing it. The invoice is attached.",
        "attachments": [
            {
                "filename": f"invoice-{number}.txt",
                "fetch_mode": "endpoint",
                "storage_path": f"invoice_id={number}&v={INVOICE_VERSION}",
            }
        ],
    }


def invoice(order: dict) -> bytes:
    return f"Invoice {order['number']}\nfor {order['email']}\n\n1 parcel  12.50 €\n".encode()


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "5000")))
