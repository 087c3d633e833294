"""What was archived, deleted, restored and removed for good, in the schema ``console``.

An act is written down before anything is done, and what came of it afterwards, in a row of its
own: an act without an outcome was interrupted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import CONSOLE, Base
from app.database.decisions import PERSON, one_of

ACTIONS = ("archive", "unarchive", "delete", "restore", "purge")


class TidyAct(Base):
    """What somebody asked for.

    Attributes
    ----------
    action
        ``purge`` is the removal for good.
    items
        Each run with ``run_id``, ``kind``, ``name`` and ``size_bytes``.
    size_bytes
        Of all of them together, as the preview had it.
    """

    __tablename__ = "tidy_acts"
    __table_args__ = (one_of("action", ACTIONS), Index(None, "begun_at"), {"schema": CONSOLE})

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    action: Mapped[str] = mapped_column(String(16))
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    done_by: Mapped[str] = mapped_column(PERSON)
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TidyOutcome(Base):
    """What came of an act.

    Attributes
    ----------
    done
        How many of its items were done, in their order.
    freed_bytes
        What is not stored any more, measured before and after.
    failure
        Why it ended early; empty when it did not.
    """

    __tablename__ = "tidy_outcomes"
    __table_args__ = {"schema": CONSOLE}  # noqa: RUF012 - read once, by SQLAlchemy

    act_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(TidyAct.id), primary_key=True, autoincrement=False
    )
    done: Mapped[int]
    freed_bytes: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[str] = mapped_column(Text, server_default="")
    ended_at: Mapped[datetime] = mapped_column(server_default=func.now())
