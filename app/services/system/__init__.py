"""Health of the services, operators' identities, links and the disk cache."""
