"""The console's own tables in PostgreSQL, described once for migrations and services."""
