"""Data sets and the uploads that become them."""
