"""Migrate the console's tables and views.

``upgrade`` (the default) can be run at every start. ``detach`` drops the views that would keep
``mlflow db upgrade`` from changing its tables; run ``upgrade`` again after it.
"""

import argparse
import sys

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from app.database.migrations.mlflow_tables import MigrationError
from app.database.migrations.upgrade import detach, upgrade
from app.settings import ConsoleSettings


def main(arguments: list[str] | None = None) -> int:
    """Run one command on ``DATABASE_URL`` and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m app.database.migrations", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("upgrade", "detach"), default="upgrade")
    command = parser.parse_args(arguments).command
    settings = ConsoleSettings()
    engine = create_engine(settings.database_url)
    try:
        said = upgrade(engine, settings) if command == "upgrade" else detach(engine)
    except MigrationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OperationalError as error:
        sys.stderr.write(f"PostgreSQL could not be reached: {error.orig}\n")
        return 1
    finally:
        engine.dispose()
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
