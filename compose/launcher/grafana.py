"""Grafana, which is started where the machine has it installed."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from compose.launcher.credentials import Credentials
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.settings import LauncherSettings

PACKAGED = Path("/usr/share/grafana")

# Nothing that calls out, nothing to install, nobody to sign up.
CONDUCT = {
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_USERS_ALLOW_SIGN_UP": "false",
}


def find_home() -> Path | None:
    """Return the folder of Grafana's own files, or nothing where Grafana is not installed."""
    executable = shutil.which("grafana")
    if executable is None:
        return None
    candidates = (Path(executable).resolve().parents[1], PACKAGED)
    return next((home for home in candidates if (home / "conf" / "defaults.ini").exists()), None)


def command(home: Path) -> tuple[str, ...]:
    """Return the command that serves."""
    return (str(shutil.which("grafana")), "server", f"--homepath={home}")


def environment(
    settings: LauncherSettings, layout: Layout, *, database: str, console_url: str
) -> dict[str, str]:
    """Return the variables that configure Grafana and those that its provisioning files read.

    Parameters
    ----------
    database
        PostgreSQL as ``host:port``, or the folder of its socket.
    """
    served = {
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(settings.grafana_port),
        "GF_PATHS_DATA": str(layout.grafana),
        "GF_PATHS_LOGS": str(layout.logs / "grafana"),
        "GF_PATHS_PROVISIONING": str(REPOSITORY / "grafana" / "provisioning"),
    }
    provisioned = {
        "GRAFANA_DB_URL": database,
        "GRAFANA_DB_SSLMODE": "disable",
        "GRAFANA_DASHBOARDS": str(REPOSITORY / "grafana" / "dashboards"),
        "CONSOLE_URL": console_url,
        "ALERT_RECEIVER": settings.alert_receiver,
        "ALERT_EMAIL": settings.alert_email,
        "ALERT_WEBHOOK_URL": settings.alert_webhook_url,
    }
    return {**CONDUCT, **served, **provisioned}


def secret_files(credentials: Credentials) -> Mapping[str, str]:
    """Return the files from which Grafana's passwords are read, by variable."""
    return {
        "GF_SECURITY_ADMIN_PASSWORD": str(credentials.folder / "grafana_admin_password"),
        "GF_SECURITY_SECRET_KEY": str(credentials.folder / "grafana_secret_key"),
        "GRAFANA_DB_PASSWORD": str(credentials.grafana_database_password),
    }
