"""Files of runs in the artifact store: measure and remove them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from app.services.cleanup.types import Thing
from pipeline.tracking.artifacts import list_files
from pipeline.tracking.client import TrackingServer

AT_ONCE = 8
REMEMBERED = 20_000


class StoredFiles:
    """Sizes of what runs store; what a run that ended stores never grows, so it is remembered."""

    def __init__(self, mlflow: TrackingServer) -> None:
        self._mlflow = mlflow
        self._known: dict[str, int] = {}

    def sizes(self, things: Sequence[Thing]) -> list[int]:
        """Return the bytes of each, several measured at the same time."""
        with ThreadPoolExecutor(AT_ONCE, "tidy") as pool:
            return list(pool.map(self._size, things))

    def remove(self, thing: Thing) -> int:
        """Remove all that a thing stores; returns the bytes freed, measured before and after."""
        before = self.measure(thing)
        for location in thing.locations:
            self._mlflow.files(location).delete_artifacts()
        self._known.pop(thing.run_id, None)
        return before - self.measure(thing)

    def measure(self, thing: Thing) -> int:
        """Return the bytes that a thing stores at present."""
        found = (list_files(self._mlflow, location) for location in thing.locations)
        return sum(size for files in found for _, size in files)

    def _size(self, thing: Thing) -> int:
        if thing.run_id not in self._known:
            size = self.measure(thing)
            if thing.busy or len(self._known) >= REMEMBERED:
                return size
            self._known[thing.run_id] = size
        return self._known[thing.run_id]
