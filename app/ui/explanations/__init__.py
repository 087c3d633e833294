"""The explanation of one row."""
