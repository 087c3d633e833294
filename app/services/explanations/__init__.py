"""Explain why a row was scored as it was."""
