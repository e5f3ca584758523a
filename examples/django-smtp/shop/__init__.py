"""A shop that confirms orders by mail, with the invoice attached, by Django's own mail functions."""
