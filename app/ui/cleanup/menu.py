"""How cleanup operations are labelled, and the menu that leads to their previews."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from app.services.cleanup.types import POSSIBLE, Operation
from app.ui.kit import context, navigation
from app.ui.kit.errors import notice
from pipeline.tracking.runs import Stage

STAGES = {Stage.ACTIVE: "Active", Stage.ARCHIVED: "Archived", Stage.DELETED: "Trash"}


class OperationLabels(NamedTuple):
    """What an operation is called before and after it is done, and what it means."""

    verb: str
    done: str
    icon: str
    means: str


LABELS = {
    Operation.ARCHIVE: OperationLabels(
        "Archive",
        "Archived",
        ":material/inventory_2:",
        "Hidden from the active ones and kept whole; the retention never proposes it.",
    ),
    Operation.UNARCHIVE: OperationLabels(
        "Unarchive", "Unarchived", ":material/unarchive:", "Active again, as it was."
    ),
    Operation.DELETE: OperationLabels(
        "Delete",
        "Deleted",
        ":material/delete:",
        "Moved to MLflow's trash with what depends on it; all of it can be restored.",
    ),
    Operation.RESTORE: OperationLabels(
        "Restore",
        "Restored",
        ":material/restore_from_trash:",
        "Moved out of the trash, with what was deleted along with it.",
    ),
    Operation.PURGE: OperationLabels(
        "Remove for good",
        "Removed for good",
        ":material/delete_forever:",
        "Files, models and MLflow's rows are gone; trends, verdicts and the log of it stay.",
    ),
}


def menu(run_ids: Sequence[str], stage: Stage, key: str) -> None:
    """Offer what can be done at a stage; every choice opens a preview first."""
    with st.popover("Manage", icon=":material/inventory:", disabled=not run_ids):
        for operation in (each for each in Operation if stage in POSSIBLE[each]):
            labels = LABELS[operation]
            if st.button(
                f"{labels.verb} …",
                key=f"cleanup-{operation}-{key}",
                icon=labels.icon,
                help=labels.means,
                type="tertiary",
            ):
                open_preview(operation, run_ids)


def open_preview(operation: Operation, ids: Sequence[str]) -> None:
    """Open the preview of an operation, made anew."""
    context.console().cleanup.renew_previews()
    navigation.stay(operation=operation, ids=",".join(ids))


def stage_choice(on_change: Callable[[], None] | None = None) -> Stage:
    """Let the operator choose between active, archived and deleted; kept in the address."""
    return st.selectbox(
        "Stage",
        list(Stage),
        format_func=STAGES.__getitem__,
        key="show",
        bind="query-params",
        width=150,
        label_visibility="collapsed",
        on_change=on_change,
    )


def stage_notice(stage: Stage) -> None:
    """Say on the page of a run or a data set that it is archived or deleted."""
    if stage is Stage.ARCHIVED:
        notice("Archived", "Hidden from the active ones; “Manage” unarchives it.", "warn")
    elif stage is Stage.DELETED:
        notice("In the trash", "Deleted but whole; “Manage” restores or removes it.", "warn")
