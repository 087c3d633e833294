"""A plausible past for demos, tests and benchmarks: runs, verdicts and decisions of a year."""
