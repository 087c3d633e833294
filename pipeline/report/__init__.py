"""The report of a score run: four charts and the statistics, from sums over its rows."""
