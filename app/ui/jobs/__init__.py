"""The Retrain and Score pages."""
