"""Orders, and the events that were taken."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("mail", models.TextField(db_index=True, default="waiting")),
            ],
        ),
        migrations.CreateModel(
            name="SeenEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pk_of_message", models.CharField(max_length=36)),
                ("event_id", models.CharField(max_length=255)),
            ],
        ),
        migrations.AddConstraint(
            model_name="seenevent",
            constraint=models.UniqueConstraint(fields=("pk_of_message", "event_id"), name="an_event_is_taken_once"),
        ),
    ]
