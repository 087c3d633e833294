"""Keeps the runs' history in PostgreSQL, so that trends outlive what MLflow deletes."""
