"""Fit, score and measure the isolation forest."""
