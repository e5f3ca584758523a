"""What every client does around its sending: reads the server and the letter as JSON, and prints what became of it."""

import json
import smtplib
import sys


def report(send):
    order = json.load(sys.stdin)
    print(json.dumps(outcome(send, order["server"], order["letter"])))


def outcome(send, server, letter):
    try:
        send(server, letter)
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        return {"code": code, "text": text.decode()}
    except smtplib.SMTPResponseException as refused:
        return {"code": refused.smtp_code, "text": refused.smtp_error.decode()}
    return {"code": 250, "text": ""}


def contents(attachment):
    with open(attachment["path"], "rb") as file:
        return file.read()
