"""Building blocks of every page; they know no feature."""
