"""The shop's orders, and which of the proxy's events were taken."""

from django.db import models


class Order(models.Model):
    email = models.EmailField()
    # waiting, queued, sent, or what a report says instead
    mail = models.TextField(default="waiting", db_index=True)


class SeenEvent(models.Model):
    pk_of_message = models.CharField(max_length=36)
    event_id = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pk_of_message", "event_id"], name="an_event_is_taken_once")]
