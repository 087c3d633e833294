"""The revisions of our tables, in order."""
