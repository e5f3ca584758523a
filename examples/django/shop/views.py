"""The shop's four answers.

1. POST /orders                 stores the order, and hands its confirmation to the proxy
2. POST /mail/attachments       serves the invoice when the proxy is about to send it
3. POST /mail/delivery-report   takes the reports, and hands over what still waits
4. GET  /orders/<number>        tells how the confirmation stands
"""

import io
import json
import logging
import time

from django.db import DatabaseError, transaction
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from . import mail_proxy
from .confirmations import INVOICE_VERSION, hand_over, invoice
from .models import Order, SeenEvent

QUIET_SECONDS = 600

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def place_order(request):
    order = Order.objects.create(email=json.loads(request.body)["email"])
    hand_over()
    return JsonResponse({"number": order.pk}, status=201)


@require_GET
def show_order(_request, number: int):
    order = get_object_or_404(Order, pk=number)
    return JsonResponse({"number": order.pk, "email": order.email, "mail": order.mail})


@csrf_exempt  # The proxy has no cookie to steal: it is known by the shared secret.
@require_POST
def serve_attachment(request):
    """The fields of the attachment's storage_path come as a form. A 404 fails the mail for good; a 5xx is tried again."""
    if not mail_proxy.has_shared_secret(request.headers):
        return HttpResponse(status=401)
    number = request.POST.get("invoice_id", "")
    if not number.isdecimal() or request.POST.get("v") != INVOICE_VERSION:
        raise Http404
    order = get_object_or_404(Order, pk=number)
    name = f"invoice-{order.pk}.txt"
    return FileResponse(
        io.BytesIO(invoice(order)), as_attachment=True, filename=name, content_type="text/plain; charset=utf-8"
    )


@csrf_exempt
@require_POST
def take_reports(request):
    if not mail_proxy.has_shared_secret(request.headers) or not mail_proxy.is_signed(request.headers, request.body):
        return HttpResponse(status=401)
    error, not_found = [], []
    for report in json.loads(request.body)["delivery_report"]:
        try:
            if not take_report(report):
                not_found.append(report["id"])
        except DatabaseError:
            log.exception("the report on %s is not stored", report["id"])
            error.append(report["id"])  # This one comes again; the others are done.
    quiet_until = int(time.time()) + QUIET_SECONDS
    answer = {"ok": True, "queued": hand_over(), "next_sync_after": quiet_until, "error": error, "not_found": not_found}
    return JsonResponse(answer)


@transaction.atomic
def take_report(report: dict) -> bool:
    """Reports come at least once: what was seen before is acknowledged again and changes nothing."""
    number = report["id"].removeprefix("order-")
    if not number.isdecimal():
        return False
    order = Order.objects.filter(pk=number)
    _, is_new = SeenEvent.objects.get_or_create(pk_of_message=report["pk"], event_id=report["event_id"])
    outcome = outcome_of(report)
    if is_new and outcome is not None:
        order.update(mail=outcome)
    return order.exists()


def outcome_of(report: dict) -> str | None:
    if "sent_ts" in report:
        return "sent"
    if "error_ts" in report:
        return f"failed: {report['error']}"
    if "bounce_ts" in report:
        return f"bounced: {report['bounce_reason']}"
    return f"delayed: {report['deferred_reason']}" if "deferred_ts" in report else None
