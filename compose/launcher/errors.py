"""Errors that the launcher reports to the operator as sentences instead of a traceback."""


class LaunchError(Exception):
    """The stack cannot be started or kept running; each line of the message is one finding.

    ``context`` holds lines of a log that are shown below the message.
    """

    exit_code = 1

    def __init__(self, message: str, context: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.context = context


class SettingsError(LaunchError):
    """A setting from the environment has a value that cannot be used."""

    exit_code = 2


class SupervisorGoneError(LaunchError):
    """The supervisor does not answer."""


class InterruptedStartError(Exception):
    """Somebody asked the launcher to stop while it was still starting."""
