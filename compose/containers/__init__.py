"""What the containers run besides the services: init jobs, health checks, backup and restore."""
