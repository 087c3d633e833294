"""What can go wrong in a migration, in words that say what to do."""


class MigrationError(Exception):
    """The migration cannot be done; nothing was changed."""
