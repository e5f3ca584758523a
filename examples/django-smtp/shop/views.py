"""POST /orders confirms an order by mail; the proxy has the mail once this has answered."""

import itertools
import json
import time

from django.core.mail import EmailMessage
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

# Numbers go on from the clock: a shop that starts again gives none twice.
numbers = itertools.count(int(time.time() * 1000))


@csrf_exempt
@require_POST
def place_order(request):
    number = next(numbers)
    confirmation(number, json.loads(request.body)["email"]).send()
    return JsonResponse({"number": number}, status=201)


def confirmation(number: int, email: str) -> EmailMessage:
    message = EmailMessage(
        f"Your order {number}",
        "Thank you. We are packing it. The invoice is attached.",
        to=[email],
        headers={"X-Mail-Proxy-Priority": "high", "X-Mail-Proxy-Batch": "orders"},
    )
    message.attach(f"invoice-{number}.txt", invoice(number, email), "text/plain")
    return message


def invoice(number: int, email: str) -> str:
    return f"Invoice {number}\nfor {email}\n\n1 parcel  12.50 €\n"
