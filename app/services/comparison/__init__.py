"""Compare runs, and models on the same rows."""
