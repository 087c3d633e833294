"""Scored rows: filter, aggregate, page and export them."""
