"""Scoring: one DAG run scores a data set with a model that was trained before."""

from dataclasses import dataclass

from app.services.caching import SHORT, Subject, cached
from app.services.jobs.preflight import Check, CheckState, PastRun
from app.services.jobs.service import PAST_RUNS, Jobs
from app.services.runs.queries import RunFilter
from pipeline.errors import NotFound, Rejected, ServiceError
from pipeline.orchestration import SCORE_DAG
from pipeline.params import ScoreParams
from pipeline.tables.schema import Schema
from pipeline.tracking import names
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.names import MODEL_SCHEMA
from pipeline.tracking.runs import Run, RunKind, RunStatus, Stage


@dataclass(frozen=True)
class ModelChoice:
    """A model to pick.

    Attributes
    ----------
    reference
        ``champion``, ``latest`` or a train run's id; goes into ``ScoreParams.model``.
    title
        In words, such as ``Champion (trained 2 days ago by operator)`` without the time.
    """

    reference: str
    title: str
    run: Run


@dataclass(frozen=True)
class ColumnCheck:
    """A data set's columns compared with those the model was trained on.

    Attributes
    ----------
    missing
        Columns the model needs and the data lacks: scoring is refused.
    extra
        Columns the model does not know: carried through unscored.
    changed
        Columns whose role differs, as ``name: was numeric, now categorical``.
    """

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the model can score this data."""
        return not self.missing and not self.changed

    @property
    def sentence(self) -> str:
        """The same in words."""
        parts = {
            "The model needs {}, which the data lacks.": self.missing,
            "Other roles than in training: {}.": self.changed,
            "Carried through unscored: {}.": self.extra,
        }
        found = [text.format(", ".join(columns)) for text, columns in parts.items() if columns]
        return " ".join(found) or "All columns that the model needs are there."


class ScoringJobs(Jobs[ScoreParams]):
    """The runs of the scoring DAG, and the models to choose from."""

    dag_id = SCORE_DAG
    kind = RunKind.SCORE
    params_type = ScoreParams

    @cached(SHORT, Subject.RUNS, Subject.MODELS)
    def models(self, limit: int = 25) -> tuple[ModelChoice, ...]:
        """Return champion, challenger and latest, where there are any, then the finished runs."""
        finished = RunFilter(RunKind.TRAIN, RunStatus.FINISHED, stage=Stage.ACTIVE)
        runs = self._runs.search(finished, limit=limit).runs
        named = (
            (names.CHAMPION, "Champion", self._runs.champion()),
            (names.CHALLENGER, "Challenger", self._runs.champion(names.CHALLENGER)),
            (names.LATEST, "Latest model", runs[0] if runs else None),
        )
        return (
            *(ModelChoice(reference, title, run) for reference, title, run in named if run),
            *(ModelChoice(run.run_id, run.name or run.run_id, run) for run in runs),
        )

    def model_run(self, reference: str) -> Run:
        """Return the train run that an alias, ``latest`` or a run id stands for.

        The latest stands in for the champion while none is chosen, as in the pipeline.
        """
        found = self._named(reference)
        if found is None:
            raise NotFound("MLflow", f"There is no {reference} model yet; train one first.")
        if found.kind is not RunKind.TRAIN or not found.finished:
            raise Rejected(
                "MLflow", f"Run {found.name} is not a finished training; pick another model."
            )
        return found

    def _named(self, reference: str) -> Run | None:
        if reference == names.CHAMPION:
            return self._runs.champion() or self._runs.latest_model()
        if reference == names.CHALLENGER:
            return self._runs.champion(names.CHALLENGER)
        if reference == names.LATEST:
            return self._runs.latest_model()
        return self._runs.fetch(reference)

    def check_columns(self, params: ScoreParams) -> ColumnCheck:
        """Compare the data set with the model before anything is triggered."""
        model = self.model_run(params.model)
        trained = Schema.from_json(self._runs.text(model.run_id, MODEL_SCHEMA))
        return compare(trained, self._datasets.profile(params.dataset).schema)

    def scored_csv_url(self, run_id: str) -> str:
        """Return the console's own address that downloads the scored CSV."""
        return self._links.artifact(run_id, names.SCORED_CSV)

    def _further_checks(self, params: ScoreParams, dataset: Dataset | None) -> tuple[Check, ...]:
        try:
            model = self.model_run(params.model)
            found = Check("Model", CheckState.OK, self._describe(params.model, model))
            return (found, self._column_check(params)) if dataset else (found,)
        except ServiceError as error:
            return (Check("Model", CheckState.BLOCK, error.message),)

    def _describe(self, reference: str, model: Run) -> str:
        """Describe which model it will be: how it was chosen, its run and its threshold."""
        how = {
            names.CHAMPION: "The champion",
            names.CHALLENGER: "The challenger",
            names.LATEST: "The latest model",
        }.get(reference, "The chosen model")
        if reference == names.CHAMPION and self._runs.champion() is None:
            how = "No champion is chosen yet; the latest model stands in"
        decided = model.tags.get("score_threshold")
        flags = f", which flags scores below {decided}" if decided else ""
        return f"{how}: {model.name} ({model.run_id[:8]}){flags}."

    def _column_check(self, params: ScoreParams) -> Check:
        columns = self.check_columns(params)
        if not columns.fits:
            return Check("Columns", CheckState.BLOCK, columns.sentence)
        state = CheckState.WARN if columns.extra else CheckState.OK
        return Check("Columns", state, columns.sentence)

    def _work(self, params: ScoreParams, rows: int) -> float:
        del params  # any model scores a row in about the same time
        return float(rows)

    def _past_runs(self) -> list[PastRun]:
        finished = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED)
        runs = self._runs.search(finished, limit=PAST_RUNS).runs
        return [PastRun(run.metrics.get("rows", 0.0), run.seconds) for run in runs]


def compare(trained: Schema, offered: Schema) -> ColumnCheck:
    """Compare a data set's columns with those a model was trained with."""
    roles = {column.name: column.role for column in offered.columns}
    needed = [column for column in trained.columns if column.name in trained.usable]
    return ColumnCheck(
        missing=tuple(column.name for column in needed if column.name not in roles),
        extra=tuple(name for name in roles if name not in trained.names),
        changed=tuple(
            f"{column.name}: was {column.role}, now {roles[column.name]}"
            for column in needed
            if roles.get(column.name, column.role) is not column.role
        ),
    )
