"""Finds what an act is about, what hangs on it, and what must not be touched."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from app.clients.errors import NotFound, Rejected
from app.clients.mlflow import ACTIVE, ALL, DELETED
from app.clients.mlflow_bin import MlflowBin
from app.services.cleanup.files import AT_ONCE, StoredFiles
from app.services.cleanup.types import POSSIBLE, Act, Entry, Kind, Plan, Refusal, Thing, parse_thing
from app.services.runs.queries import NOT_ARCHIVED, quoted
from app.services.runs.types import Stage
from app.services.system import names

EXPERIMENTS = (names.EXPERIMENT, names.DATASET_EXPERIMENT)
MOST_CHOSEN, MOST_HANGING, MOST_BUSY = 100, 200, 100
OLDEST_FIRST, NEWEST_FIRST = ("attributes.start_time ASC",), ("attributes.start_time DESC",)


class Finder:
    """Asks MLflow; each method is a bounded number of requests."""

    def __init__(self, mlflow: MlflowBin) -> None:
        self._mlflow = mlflow
        self._known: dict[str, str] = {}

    def things(self, run_ids: Sequence[str]) -> list[Thing]:
        """Return runs and data sets by their run ids, in use or in the bin, oldest first.

        Raises
        ------
        Rejected
            More than ``MOST_CHOSEN`` are asked for.
        """
        if len(run_ids) > MOST_CHOSEN:
            raise Rejected(
                "The console",
                f"At most {MOST_CHOSEN} can be chosen at once, not {len(run_ids)}; choose fewer.",
            )
        listed = ", ".join(quoted(run_id) for run_id in run_ids)
        return self.search(f"attributes.run_id IN ({listed})", MOST_CHOSEN, ALL) if run_ids else []

    def scored_with(self, train: Thing, act: Act) -> list[Thing]:
        """Return the score runs of a model that ``act`` takes along."""
        view = DELETED if act in {Act.RESTORE, Act.PURGE} else ACTIVE
        where = f"tags.run_kind = 'score' AND tags.model_run_id = {quoted(train.run_id)}"
        found = self.search(where, MOST_HANGING + 1, view)
        if len(found) > MOST_HANGING:
            raise Rejected(
                "The console",
                f"More than {MOST_HANGING} score runs hang on {train.name}; "
                "choose some of them first.",
            )
        return found

    def using(self, dataset: Thing, limit: int) -> list[Thing]:
        """Return runs in use that read a data set."""
        where = f"tags.dataset_id = {quoted(dataset.dataset_id)}"
        found = self.search(where, limit + 1)
        return [thing for thing in found if thing.kind is not Kind.DATASET]

    def busy(self) -> list[Thing]:
        """Return the runs that are being worked on."""
        return self.search("attributes.status = 'RUNNING'", MOST_BUSY)

    def in_charge(self) -> dict[str, Thing]:
        """Return the train run behind each alias of the registry."""
        try:
            aliases = self._mlflow.aliases(names.REGISTERED_MODEL)
        except NotFound:
            return {}
        runs = {alias: self._run_of(alias) for alias in aliases}
        things = {thing.run_id: thing for thing in self.things(sorted(set(runs.values())))}
        return {alias: things[run_id] for alias, run_id in runs.items() if run_id in things}

    def newest_model(self) -> list[Thing]:
        """Return the newest finished train run, if there is one."""
        where = f"tags.run_kind = 'train' AND attributes.status = 'FINISHED' AND {NOT_ARCHIVED}"
        return self.search(where, 1, order=NEWEST_FIRST)

    def versions(self, train: Thing) -> tuple[tuple[str, str], ...]:
        """Return the versions of registered models that came of a train run."""
        found = self._mlflow.versions_of(train.run_id)
        return tuple((str(each["name"]), str(each["version"])) for each in found)

    def search(
        self,
        where: str,
        limit: int,
        view: str = ACTIVE,
        *,
        experiments: Sequence[str] = EXPERIMENTS,
        order: Sequence[str] = OLDEST_FIRST,
    ) -> list[Thing]:
        """Return runs of our experiments, the oldest first if not told otherwise."""
        ids = [found for name in experiments if (found := self._experiment(name))]
        if not ids:
            return []
        runs, _ = self._mlflow.search_runs(ids, where, order, limit, view=view)
        return [parse_thing(run) for run in runs]

    def _experiment(self, name: str) -> str:
        if name not in self._known:
            try:
                self._known[name] = self._mlflow.experiment_id(name)
            except NotFound:
                return ""
        return self._known[name]

    def _run_of(self, alias: str) -> str:
        version = self._mlflow.version_by_alias(names.REGISTERED_MODEL, alias)
        return str(version.get("run_id", ""))


STAGE_WORDS = {
    Stage.ACTIVE: "It is neither archived nor deleted.",
    Stage.ARCHIVED: "It is archived already.",
    Stage.DELETED: "It is deleted already: restore it first, or remove it for good.",
}


@dataclass(frozen=True)
class Rules:
    """What is known when an act is judged.

    Attributes
    ----------
    in_charge
        The train run behind each alias of the registry.
    busy
        The runs that are being worked on.
    """

    in_charge: Mapping[str, Thing]
    busy: Sequence[Thing]

    def against(self, act: Act, thing: Thing) -> str:
        """Return the reason to refuse in one sentence; empty where there is none."""
        if thing.stage not in POSSIBLE[act]:
            return STAGE_WORDS[thing.stage]
        if act is Act.PURGE and not thing.path:
            return "Its files do not lie behind MLflow's artifact proxy, so they would stay."
        return self._in_charge(thing) or self._busy(thing) if act.takes else ""

    def _in_charge(self, thing: Thing) -> str:
        for alias, model in self.in_charge.items():
            if thing.run_id == model.run_id:
                return f"It is the {alias}: let another model take its place first."
            if thing.kind is Kind.DATASET and thing.dataset_id == model.dataset_id:
                return f"The {alias} was trained on it: let another model take its place first."
        return ""

    def _busy(self, thing: Thing) -> str:
        if thing.busy:
            return "It is running: wait for its end, or cancel it."
        for run in self.busy:
            if thing.run_id == run.model_run_id:
                return f"{run.name} is running with its model: wait for its end, or cancel it."
            if thing.kind is Kind.DATASET and thing.dataset_id == run.dataset_id:
                return f"{run.name} is running on it: wait for its end, or cancel it."
        return ""


NAMED = 5
UNKNOWN = "There is no run or data set of this id."
TAKES_ALONG = frozenset({Act.DELETE, Act.RESTORE, Act.PURGE})


class Planner:
    """Makes previews; nothing is done."""

    def __init__(self, finder: Finder, stored: StoredFiles) -> None:
        self._finder = finder
        self._stored = stored

    def plan(self, act: Act, run_ids: Sequence[str]) -> Plan:
        """Say what an act would do to some runs and data sets."""
        chosen = self._finder.things(run_ids)
        rules = self._rules(act)
        reasons = {thing.run_id: self._reason(rules, act, thing) for thing in chosen}
        good = [thing for thing in chosen if not reasons[thing.run_id]]
        taken = self._with_hanging(act, good, rules)
        refusals = [
            *(Refusal(t.name, reasons[t.run_id]) for t in chosen if reasons[t.run_id]),
            *(Refusal(each, UNKNOWN) for each in run_ids if each not in reasons),
        ]
        entries = tuple(self._entries(act, taken))
        notes = tuple(self._notes(act, [thing for thing, _ in taken]))
        return Plan(act, tuple(run_ids), entries, tuple(refusals), notes)

    def _rules(self, act: Act) -> Rules:
        return Rules(self._finder.in_charge(), self._finder.busy()) if act.takes else Rules({}, ())

    def _reason(self, rules: Rules, act: Act, thing: Thing) -> str:
        """Refuse by the rules, and a model for good while runs in use rest on it."""
        if reason := rules.against(act, thing):
            return reason
        if act is Act.PURGE and thing.kind is Kind.TRAIN:
            resting = self._finder.scored_with(thing, Act.DELETE)
            return f"{len(resting)} score runs in use rest on its model." if resting else ""
        return ""

    def _with_hanging(
        self, act: Act, chosen: Sequence[Thing], rules: Rules
    ) -> list[tuple[Thing, str]]:
        """Return the chosen and what goes along, each once with the reason."""
        taken = {thing.run_id: (thing, "") for thing in chosen}
        with ThreadPoolExecutor(AT_ONCE, "tidy") as pool:
            hanging = pool.map(partial(self._hanging, act), chosen if act in TAKES_ALONG else ())
            for along, why in chain.from_iterable(hanging):
                if not rules.against(act, along):
                    taken.setdefault(along.run_id, (along, why))
        return list(taken.values())

    def _hanging(self, act: Act, thing: Thing) -> list[tuple[Thing, str]]:
        """Return a model's score runs, and back with a score run the model it needs."""
        if thing.kind is Kind.TRAIN:
            scores = self._finder.scored_with(thing, act)
            return [(score, f"scored with {thing.name}") for score in scores]
        if act is Act.RESTORE and thing.model_run_id:
            trains = self._finder.things([thing.model_run_id])
            return [(train, f"the model of {thing.name}") for train in trains]
        return []

    def _entries(self, act: Act, taken: Sequence[tuple[Thing, str]]) -> Iterator[Entry]:
        things = [thing for thing, _ in taken]
        sizes = self._stored.sizes(things)
        with ThreadPoolExecutor(AT_ONCE, "tidy") as pool:
            versions = list(pool.map(partial(self._versions, act), things))
        for (thing, because), size, numbers in zip(taken, sizes, versions, strict=True):
            yield Entry(thing, size, because, numbers)

    def _versions(self, act: Act, thing: Thing) -> tuple[tuple[str, str], ...]:
        versioned = thing.kind is Kind.TRAIN and act in TAKES_ALONG
        return self._finder.versions(thing) if versioned else ()

    def _notes(self, act: Act, things: Sequence[Thing]) -> Iterator[str]:
        """Name the runs that stay while their data set goes."""
        going = {thing.run_id for thing in things}
        for dataset in things if act in {Act.DELETE, Act.PURGE} else ():
            if dataset.kind is not Kind.DATASET:
                continue
            using = self._finder.using(dataset, NAMED)
            names = [run.name for run in using if run.run_id not in going]
            if names:
                more = " and more" if len(using) > NAMED else ""
                yield (
                    f"{', '.join(names[:NAMED])}{more}: used {dataset.name} and stay with all "
                    "their results, but cannot be run on it again."
                )
