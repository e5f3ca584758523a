"""Prints all names that an application may know of Flask-Mail, by the part of it that they belong to."""

import inspect
import json
import re

import flask_mail
from blinker import Signal


def public(kind):
    return [name for name in vars(kind) if not name.startswith("_")]


def parameters(kind):
    return list(inspect.signature(kind).parameters)


source = inspect.getsource(flask_mail)
settings = re.findall(r"config\.get\(\s*['\"](\w+)['\"]", source)
modes = [mode.upper() for mode in re.findall(r"\bapp\.(debug|testing)\b", source)]
exceptions = [name for name, kind in vars(flask_mail).items() if inspect.isclass(kind) and issubclass(kind, Exception)]
signals = [name for name, kind in vars(flask_mail).items() if isinstance(kind, Signal)]
attributes = re.findall(r"self\.([A-Za-z]\w*) = ", inspect.getsource(flask_mail.Message.__init__))

print(
    json.dumps(
        {
            "Settings": settings + modes,
            "Messages": parameters(flask_mail.Message) + attributes + public(flask_mail.Message) + exceptions,
            "Attachments": parameters(flask_mail.Attachment),
            "Sending": public(flask_mail._MailMixin)
            + public(flask_mail.Mail)
            + public(flask_mail.Connection)
            + signals,
        }
    )
)
