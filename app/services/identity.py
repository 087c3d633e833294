"""The operator's identity: an Airflow account and what its role allows."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt

from app.clients.airflow import AirflowClient
from app.clients.errors import Unauthorized
from pipeline.errors import Unreachable

TRIGGER_ROLES = frozenset({"user", "op", "admin"})
ADMIN_ROLES = frozenset({"op", "admin"})
TRUST_SECONDS = 60.0
RETRY_SECONDS = 15.0


@dataclass(frozen=True)
class Identity:
    """An operator who has signed in.

    Attributes
    ----------
    username, role
        As Airflow knows them; roles are ``viewer``, ``user``, ``op`` and ``admin``.
    token
        The operator's own Airflow token; never shown or logged.
    expires
        When the session ends, in UTC.
    """

    username: str
    role: str
    token: str = field(repr=False)
    expires: datetime

    @property
    def can_trigger(self) -> bool:
        """Whether Airflow lets this role trigger, cancel, retry and unpause."""
        return self.role in TRIGGER_ROLES

    @property
    def can_administer(self) -> bool:
        """Whether this role may do what cannot be undone."""
        return self.role in ADMIN_ROLES


def read_token(token: str) -> Identity:
    """Read the claims of a token; only Airflow can verify them.

    Raises
    ------
    Unauthorized
        It is no token, or it has expired.
    """
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        expires = datetime.fromtimestamp(float(claims["exp"]), UTC)
        username = str(claims.get("name", claims["sub"]))
        identity = Identity(username, str(claims.get("role", "")), token, expires)
    except (jwt.InvalidTokenError, ValueError, KeyError, TypeError) as error:
        raise Unauthorized("Airflow", "You are not signed in.") from error
    if identity.expires <= datetime.now(UTC):
        raise Unauthorized("Airflow", "The session has ended; sign in again.")
    return identity


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Identities:
    """Signs operators in and out, and remembers for a minute which tokens Airflow has verified.

    Parameters
    ----------
    connect
        Returns an Airflow client for a token, or for None: for the calls that need no token.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        connect: Callable[[str | None], AirflowClient],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._lock = threading.Lock()
        self._verified: dict[str, tuple[Identity, float]] = {}
        self._ended: dict[str, Identity] = {}

    def sign_in(self, username: str, password: str) -> Identity:
        """Return the operator; raises Unauthorized for a wrong name or password."""
        identity = read_token(self._connect(None).login(username, password))
        self._remember(identity)
        return identity

    def verify(self, token: str) -> Identity:
        """Return the operator who holds ``token``.

        While Airflow does not answer, a token that it verified before stays valid until it
        expires, so that data can still be read.

        Raises
        ------
        Unauthorized
            The token is missing, invalid, revoked or expired.
        Unreachable
            Airflow does not answer and has not verified this token before.
        """
        identity = read_token(token)
        key = _fingerprint(token)
        with self._lock:
            known = self._verified.get(key)
            if key in self._ended:
                raise Unauthorized("Airflow", "You have signed out; sign in again.")
        if known is None or self._clock() >= known[1]:
            self._verify_at_airflow(identity, known_before=known is not None)
        return identity

    def sign_out(self, token: str) -> None:
        """End the session here at once, and at Airflow for whoever else holds the token."""
        identity = read_token(token)
        with self._lock:
            self._verified.pop(_fingerprint(token), None)
            self._ended[_fingerprint(token)] = identity
        self._connect(token).revoke()

    def _verify_at_airflow(self, identity: Identity, *, known_before: bool) -> None:
        try:
            self._connect(identity.token).check_token()
        except Unreachable:
            if not known_before:
                raise
            # Not with every page run: each would wait for the timeout.
            self._remember(identity, good_for=RETRY_SECONDS)
        except Unauthorized:
            with self._lock:
                self._verified.pop(_fingerprint(identity.token), None)
            raise
        else:
            self._remember(identity)

    def _remember(self, identity: Identity, good_for: float = TRUST_SECONDS) -> None:
        """Remember a verified identity, and forget expired ones."""
        now = datetime.now(UTC)
        with self._lock:
            self._verified = {k: v for k, v in self._verified.items() if v[0].expires > now}
            self._ended = {k: v for k, v in self._ended.items() if v.expires > now}
            self._verified[_fingerprint(identity.token)] = (identity, self._clock() + good_for)
