"""Ways to run the stack: embedded on one machine, or in containers."""
