"""Airflow's FAB accounts, with tokens that say whose they are."""

from typing import Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager

STRONGEST_FIRST = ("Admin", "Op", "User", "Viewer")


class AccountManager(FabAuthManager):  # type: ignore[misc] # installed in the image only
    """FAB's manager; its own tokens hold no more than a number.

    The console reads name and role from the token, as it does from those of the embedded stack.
    What the holder may do is not read from it: Airflow looks the account up for every request.
    """

    def serialize_user(self, user: Any) -> dict[str, Any]:  # noqa: ANN401 - FAB is not typed here
        """Return the claims of a user's token."""
        held = {role.name for role in user.roles}
        role = next((name for name in STRONGEST_FIRST if name in held), "")
        return {**super().serialize_user(user), "name": user.username, "role": role.lower()}
