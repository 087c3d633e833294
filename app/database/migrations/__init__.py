"""Alembic migrations of ``console`` and ``monitoring``: ``python -m app.database.migrations``."""
