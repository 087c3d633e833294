"""What an act would do: what was chosen, what hangs on it, and what is refused."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

from app.services.tidy_files import AT_ONCE, StoredFiles
from app.services.tidy_finder import Finder
from app.services.tidy_model import Act, Entry, Kind, Plan, Refusal, Thing
from app.services.tidy_rules import Rules

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
