"""Alembic environment: runs the revisions in the transaction that ``upgrade`` opened."""

from alembic import context

from app.database.tables import CONSOLE, Base

# MLflow keeps a table of this name in the schema ``public``; ours lies beside what it describes.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table_schema=CONSOLE,
    include_schemas=True,
)
context.run_migrations()
