"""The operator's console: pages on top of services on top of thin clients."""
