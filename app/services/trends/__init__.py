"""Long-term trends from the views of the schema ``monitoring``."""
