"""Brings the schemas ``console`` and ``monitoring`` up to date: ``python -m app.migrations``."""
