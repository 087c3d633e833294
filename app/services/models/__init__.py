"""Models, their aliases, evidence and thresholds."""
