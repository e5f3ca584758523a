"""Sends a letter by Flask-Mail: its own settings, its own Message."""

from flask import Flask
from flask_mail import Mail, Message
from outcome import contents, report


def send(server, letter):
    app = Flask(__name__)
    app.config.update(
        MAIL_SERVER=server["host"],
        MAIL_PORT=server["port"],
        MAIL_USE_TLS=server["tls"] == "starttls",
        MAIL_USE_SSL=server["tls"] == "implicit",
        MAIL_USERNAME=server["user"],
        MAIL_PASSWORD=server["password"],
        MAIL_DEFAULT_SENDER=letter["from"],
    )
    mail = Mail(app)
    with app.app_context():
        mail.send(message(letter))


def message(letter):
    mail = Message(
        letter["subject"],
        recipients=letter["to"],
        cc=letter["cc"],
        bcc=letter["bcc"],
        body=letter["text"],
        html=letter["html"],
        extra_headers=letter["headers"],
    )
    for attachment in letter["attachments"]:
        mail.attach(attachment["filename"], attachment["type"], contents(attachment))
    return mail


report(send)
