"""A shop that confirms orders by mail, with the invoice attached, by Flask-Mail: of the proxy only the settings know."""

import itertools
import os
import time

from flask import Flask, request
from flask_mail import Mail, Message

app = Flask(__name__)
app.config.update(
    MAIL_SERVER=os.environ.get("MAIL_SERVER", "127.0.0.1"),
    MAIL_PORT=int(os.environ.get("MAIL_PORT", "2525")),
    MAIL_USERNAME="myflaskmailapp",
    MAIL_PASSWORD=os.environ["MAIL_PROXY_KEY"],
    MAIL_DEFAULT_SENDER=("Shop", "shop@example.com"),
)
mail = Mail(app)
# Numbers go on from the clock: a shop that starts again gives none twice.
numbers = itertools.count(int(time.time() * 1000))


@app.post("/orders")
def place_order():
    number = next(numbers)
    mail.send(confirmation(number, request.get_json()["email"]))
    return {"number": number}, 201


def confirmation(number: int, email: str) -> Message:
    message = Message(
        f"Your order {number}",
        recipients=[email],
        body="Thank you. We are packing it. The invoice is attached.",
        extra_headers={"X-Mail-Proxy-Priority": "high", "X-Mail-Proxy-Batch": "orders"},
    )
    message.attach(f"invoice-{number}.txt", "text/plain", invoice(number, email))
    return message


def invoice(number: int, email: str) -> bytes:
    return f"Invoice {number}\nfor {email}\n\n1 parcel  12.50 €\n".encode()


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "5000")))
