"""Cleanup on the System page, and its preview."""
