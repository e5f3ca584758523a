"""Sends a letter by Django's SMTP backend: its own settings, EmailMultiAlternatives."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from outcome import contents, report


def send(server, letter):
    settings.configure(
        EMAIL_HOST=server["host"],
        EMAIL_PORT=server["port"],
        EMAIL_USE_TLS=server["tls"] == "starttls",
        EMAIL_USE_SSL=server["tls"] == "implicit",
        EMAIL_HOST_USER=server["user"],
        EMAIL_HOST_PASSWORD=server["password"],
        DEFAULT_FROM_EMAIL=letter["from"],
    )
    message(letter).send()


def message(letter):
    mail = EmailMultiAlternatives(
        letter["subject"],
        letter["text"],
        to=letter["to"],
        cc=letter["cc"],
        bcc=letter["bcc"],
        headers=letter["headers"],
    )
    if letter["html"]:
        mail.attach_alternative(letter["html"], "text/html")
    for attachment in letter["attachments"]:
        mail.attach(attachment["filename"], contents(attachment), attachment["type"])
    return mail


report(send)
