"""Training and scoring runs, their search and lineage."""
