"""Files of runs in the artifact store: measure and remove them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from app.clients.errors import NotFound
from app.clients.mlflow_bin import MlflowBin
from app.services.cleanup.types import Thing

AT_ONCE = 8


REMEMBERED = 20_000


class StoredFiles:
    """Sizes of what runs store; what a run that ended stores never grows, so it is remembered."""

    def __init__(self, mlflow: MlflowBin) -> None:
        self._mlflow = mlflow
        self._known: dict[str, int] = {}

    def sizes(self, things: Sequence[Thing]) -> list[int]:
        """Return the bytes of each, several measured at the same time."""
        with ThreadPoolExecutor(AT_ONCE, "tidy") as pool:
            return list(pool.map(self._size, things))

    def remove(self, thing: Thing) -> int:
        """Remove all that a thing stores; returns the bytes freed, measured before and after."""
        before = self.measure(thing)
        for path in thing.paths:
            self._mlflow.remove_stored(path)
        self._known.pop(thing.run_id, None)
        return before - self.measure(thing)

    def measure(self, thing: Thing) -> int:
        """Return the bytes that a thing stores at present."""
        return sum(sum(self._below(path)) for path in thing.paths)

    def _size(self, thing: Thing) -> int:
        if thing.run_id not in self._known:
            size = self.measure(thing)
            if thing.busy or len(self._known) >= REMEMBERED:
                return size
            self._known[thing.run_id] = size
        return self._known[thing.run_id]

    def _below(self, path: str) -> Iterator[int]:
        """Yield the size of every file below a folder; none where the folder is gone."""
        try:
            found = self._mlflow.stored(path)
        except NotFound:
            return
        for entry in found:
            name = entry["path"].rsplit("/", 1)[-1]
            if entry.get("is_dir"):
                yield from self._below(f"{path}/{name}")
            else:
                yield int(entry.get("file_size", 0))
