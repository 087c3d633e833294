"""Wiring: the parts of one stack, made from the settings."""

from dataclasses import dataclass
from typing import Self

from compose.launcher.credentials import Credentials
from compose.launcher.layout import Layout
from compose.launcher.postgres import Postgres
from compose.launcher.services import Services
from compose.launcher.settings import LauncherSettings
from compose.launcher.supervisor import Supervisor


@dataclass(frozen=True)
class Stack:
    """What the commands of the launcher work on."""

    settings: LauncherSettings
    layout: Layout
    credentials: Credentials
    postgres: Postgres
    services: Services
    supervisor: Supervisor

    @classmethod
    def of(cls, settings: LauncherSettings) -> Self:
        """Put a stack together; nothing is read, written or started yet."""
        layout = Layout(settings.state_dir)
        credentials = Credentials(layout.secrets)
        postgres = Postgres(layout, credentials, settings.postgres_port)
        services = Services(settings, layout, credentials, postgres)
        return cls(settings, layout, credentials, postgres, services, Supervisor(layout))
