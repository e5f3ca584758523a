"""The mail that confirms an order: what it says, its invoice, and how it comes to the proxy."""

import logging

from . import mail_proxy
from .models import Order

BATCH_SIZE = 100
INVOICE_VERSION = "2"

log = logging.getLogger(__name__)


def hand_over() -> int:
    """Hands over the confirmations that wait; answers how many still do, for which the proxy calls again at once.

    Where it cannot be reached they wait for the next order, or for the proxy's next call.
    """
    waiting = Order.objects.filter(mail="waiting")
    batch = list(waiting.order_by("pk")[:BATCH_SIZE])
    if not batch:
        return 0
    try:
        mail_proxy.add_messages([confirmation(order) for order in batch])
    except OSError:
        log.exception("%d confirmations wait", waiting.count())
        return 0
    # Those whose report was quicker than this keep what it said.
    waiting.filter(pk__in=[order.pk for order in batch]).update(mail="queued")
    return waiting.count()


def confirmation(order: Order) -> dict:
    """The id comes from the order, not from chance: repeating a call whose answer was lost sends nothing twice."""
    return {
        "id": f"order-{order.pk}",
        "from": "Shop <shop@example.com>",
        "to": order.email,
        "subject": f"Your order {order.pk}",
        "text": "Thank you. We are packing it. The invoice is attached.",
        "attachments": [
            {
                "filename": f"invoice-{order.pk}.txt",
                "fetch_mode": "endpoint",
                "storage_path": f"invoice_id={order.pk}&v={INVOICE_VERSION}",
            }
        ],
    }


def invoice(order: Order) -> bytes:
    return f"Invoice {order.pk}\nfor {order.email}\n\n1 parcel  12.50 €\n".encode()
