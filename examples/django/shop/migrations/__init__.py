"""The history of the shop's tables, written by `manage.py makemigrations`."""
