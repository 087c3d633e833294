"""Comparison of runs and of models."""
