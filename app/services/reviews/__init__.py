"""Verdicts on scored rows and the precision that follows from them."""
