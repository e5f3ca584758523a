"""A shop that confirms orders by mail, with the invoice attached, on Django."""
