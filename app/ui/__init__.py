"""What the operator sees: pages that compose components, over the services."""
