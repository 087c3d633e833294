"""Demo data: accident records with injected anomalies, and a year of history."""
