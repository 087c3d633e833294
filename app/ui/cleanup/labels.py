"""Labels of cleanup operations."""

from dataclasses import dataclass

from app.services.cleanup.types import Act, Kind
from app.services.runs.types import Stage
from app.ui.kit.inputs import Action

KINDS = {
    Kind.TRAIN: "Training",
    Kind.SCORE: "Scoring",
    Kind.DATASET: "Data set",
    Kind.OTHER: "Run",
}


STAGES = {Stage.ACTIVE: "In the lists", Stage.ARCHIVED: "Archived", Stage.DELETED: "Deleted"}


@dataclass(frozen=True)
class Words:
    """How an act is called.

    Attributes
    ----------
    verb, done
        At the beginning of a sentence: ``Delete``, ``Deleted``.
    means
        What becomes of things, in one sentence.
    """

    verb: str
    done: str
    icon: str
    means: str


WORDS = {
    Act.ARCHIVE: Words(
        "Archive",
        "Archived",
        ":material/inventory_2:",
        "Out of the lists and kept whole; the retention passes it by.",
    ),
    Act.UNARCHIVE: Words(
        "Unarchive", "Unarchived", ":material/unarchive:", "Back in the lists, as it was."
    ),
    Act.DELETE: Words(
        "Delete",
        "Deleted",
        ":material/delete:",
        "Into MLflow's bin with what hangs on it; all of it can be restored.",
    ),
    Act.RESTORE: Words(
        "Restore",
        "Restored",
        ":material/restore_from_trash:",
        "Back out of the bin, with what went along.",
    ),
    Act.PURGE: Words(
        "Remove for good",
        "Removed for good",
        ":material/delete_forever:",
        "Files, models and MLflow's rows are gone; trends, verdicts and the record of it stay.",
    ),
}


OFFERED = {
    Stage.ACTIVE: (Act.ARCHIVE, Act.DELETE),
    Stage.ARCHIVED: (Act.UNARCHIVE, Act.DELETE),
    Stage.DELETED: (Act.RESTORE, Act.PURGE),
}


UNDO = {Act.ARCHIVE: Act.UNARCHIVE, Act.DELETE: Act.RESTORE}


def action(act: Act) -> Action:
    """Return the button that carries an act out."""
    words = WORDS[act]
    return Action(
        words.verb,
        busy=f"{words.verb} …",
        failed="It was not done as previewed",
        icon=words.icon,
        primary=True,
    )
