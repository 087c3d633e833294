"""Archive, delete, restore and purge runs, data sets and models."""
