"""Sends a letter by the standard library alone: EmailMessage, smtplib, and ssl with the server's certificate checked."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP

from outcome import contents, report


def send(server, letter):
    context = ssl.create_default_context(cafile=server["ca"])
    with connection(server, context) as smtp:
        if server["tls"] == "starttls":
            smtp.starttls(context=context)
        if server["user"]:
            smtp.login(server["user"], server["password"])
        smtp.send_message(message(letter))


def connection(server, context):
    if server["tls"] == "implicit":
        return smtplib.SMTP_SSL(server["host"], server["port"], context=context)
    return smtplib.SMTP(server["host"], server["port"])


def message(letter):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = letter["from"]
    for field in ("to", "cc", "bcc"):
        if letter[field]:
            mail[field.capitalize()] = ", ".join(letter[field])
    mail["Subject"] = letter["subject"]
    for name, value in letter["headers"].items():
        mail[name] = value
    mail.set_content(letter["text"])
    if letter["html"]:
        mail.add_alternative(letter["html"], subtype="html")
    for attachment in letter["attachments"]:
        maintype, subtype = attachment["type"].split("/")
        mail.add_attachment(
            contents(attachment), maintype=maintype, subtype=subtype, filename=attachment["filename"]
        )
    return mail


report(send)
