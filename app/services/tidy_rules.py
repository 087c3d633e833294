"""Why something may not be archived or deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.services.run_model import Stage
from app.services.tidy_model import POSSIBLE, Act, Kind, Thing

STAGE_WORDS = {
    Stage.SHOWN: "It is neither archived nor deleted.",
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
