"""What the containers run beside the services' own commands: setting up, checking, backing up."""
