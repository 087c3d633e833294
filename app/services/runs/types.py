"""Files of a run as the operator sees them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Artifact:
    """A stored file of a run; ``url`` downloads it through the console."""

    path: str
    size_bytes: int
    url: str
