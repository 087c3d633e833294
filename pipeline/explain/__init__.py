"""Explain a score in the columns of the data set."""
