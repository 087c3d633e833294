"""The parameters of a training run as a form; titles, bounds and help come from one source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from app.services.datasets.types import Dataset
from app.services.jobs.preflight import Check, CheckState, Preflight
from app.services.jobs.scoring import ModelChoice
from app.services.jobs.training import new_intent
from app.services.runs.queries import RUN_ID
from app.ui import cached
from app.ui.datasets import pickers, upload
from app.ui.kit import context, errors, html, layout, navigation, text
from app.ui.kit.inputs import Action, offer
from pipeline.params import ScoreParams, TrainParams, parse

ADVANCED = ("max_samples", "random_state", "use_date_features")
SMALLEST_SHARE = 0.001
_FIELDS: dict[str, dict[str, Any]] = TrainParams.model_json_schema()["properties"]


def title_of(name: str) -> str:
    """How a parameter is called on every page."""
    return str(_FIELDS[name]["title"]) if name in _FIELDS else name


def edit(base: TrainParams, dataset_id: str, key: str, *, disabled: bool = False) -> TrainParams:
    """Let the operator change ``base``; ``key`` changes where the form shall start afresh."""
    values: dict[str, Any] = {"dataset": dataset_id}
    values["n_estimators"] = _whole("n_estimators", base, key, step=10, disabled=disabled)
    values["contamination"] = _share("contamination", base, key, disabled=disabled)
    with st.expander("Advanced parameters", key=f"advanced-{key}"):
        values["max_samples"] = _whole("max_samples", base, key, step=256, disabled=disabled)
        values["random_state"] = _whole("random_state", base, key, step=1, disabled=disabled)
        values["use_date_features"] = _switch("use_date_features", base, key, disabled=disabled)
    return TrainParams(**values)


def _label(name: str) -> str:
    """The title, and the name that Airflow and MLflow know the parameter by."""
    title = title_of(name)
    return title if title.lower() == name else f"{title} ({name})"


def _help(name: str) -> str:
    """What the parameter does, and its bounds."""
    field = _FIELDS[name]
    bounds = ""
    if "minimum" in field:
        bounds = f" From {field['minimum']:,} to {field['maximum']:,}."
    elif "exclusiveMinimum" in field:
        bounds = f" Above {field['exclusiveMinimum']:g}, up to {field['maximum']:g}."
    return f"{field['description']}{bounds}"


def _whole(name: str, base: TrainParams, key: str, *, step: int, disabled: bool) -> int:
    """Input for a whole number within its bounds."""
    return st.number_input(
        _label(name),
        min_value=int(_FIELDS[name]["minimum"]),
        max_value=int(_FIELDS[name]["maximum"]),
        value=int(getattr(base, name)),
        step=step,
        key=f"{name}-{key}",
        help=_help(name),
        disabled=disabled,
    )


def _share(name: str, base: TrainParams, key: str, *, disabled: bool) -> float:
    """Input for a share of the rows."""
    return st.number_input(
        _label(name),
        min_value=SMALLEST_SHARE,
        max_value=float(_FIELDS[name]["maximum"]),
        value=float(getattr(base, name)),
        step=0.01,
        format="%.3f",
        key=f"{name}-{key}",
        help=_help(name),
        disabled=disabled,
    )


def _switch(name: str, base: TrainParams, key: str, *, disabled: bool) -> bool:
    """Input for yes or no."""
    return st.toggle(
        _label(name),
        value=bool(getattr(base, name)),
        key=f"{name}-{key}",
        help=_help(name),
        disabled=disabled,
    )


def differences(before: TrainParams, after: TrainParams) -> None:
    """Show what is changed against the run that is run again."""
    old, new = before.model_dump(), after.model_dump()
    changed = [
        (title_of(name), html.words(f"{old[name]} → {new[name]}"))
        for name in new
        if old[name] != new[name]
    ]
    same = [("Changes", html.words("None: the same parameters run again"))]
    st.html(html.facts(changed or same, cls="ac-rows"))


UNPAUSE = Action(
    "Unpause the DAG",
    busy="Unpausing …",
    failed="The DAG is still paused",
    icon=":material/play_circle:",
)
MARKS = {
    CheckState.OK: ("✓", "ok", "Passed"),
    CheckState.WARN: ("!", "warn", "Worth knowing"),
    CheckState.BLOCK: ("✕", "bad", "In the way"),
}


def checks(preflight: Preflight) -> None:
    """List the checks and the estimate."""
    lines = "".join(_line(check) for check in preflight.checks)
    st.html(html.tag("ul", lines, cls="ac-checks"))
    clock = html.words("Expected time", cls="ac-sub")
    sentence = html.words(preflight.estimate.sentence, cls="ac-estimate")
    st.html(html.tag("div", clock + sentence, cls="ac-stack"))


def _line(check: Check) -> str:
    """One check: a mark with its meaning, what was looked at, what was found."""
    mark, tone, meaning = MARKS[check.state]
    sign = html.words(mark, cls=f"ac-mark is-{tone}", title=meaning)
    found = html.tag("span", escape(check.detail), cls="ac-sub")
    return html.tag("li", sign + html.tag("span", f"<b>{escape(check.title)}</b><br>{found}"))


def offer_unpause(preflight: Preflight, do: Callable[[], None], *, allowed: bool) -> None:
    """Offer to let a paused DAG run again."""
    if any(check.mend == "unpause" for check in preflight.checks):
        offer(UNPAUSE, "unpause", partial(_unpause, do), disabled=not allowed)


def _unpause(do: Callable[[], None]) -> None:
    """Let the DAG run, and look again at what that changes."""
    do()
    for question in (cached.train_preflight, cached.score_preflight, cached.health):
        question.forget()


@dataclass(frozen=True)
class Launch:
    """How a kind of run is started.

    Attributes
    ----------
    doing
        What a viewer may not do, at the beginning of a sentence.
    """

    kind: str
    doing: str
    action: Action


TRAIN = Launch(
    "train",
    "Retraining",
    Action(
        "Trigger retraining",
        busy="Triggering …",
        failed="The retraining was not triggered",
        icon=":material/play_arrow:",
        primary=True,
    ),
)
SCORE = Launch(
    "score",
    "Scoring",
    Action(
        "Trigger scoring",
        busy="Triggering …",
        failed="The scoring was not triggered",
        icon=":material/play_arrow:",
        primary=True,
    ),
)


def launch_card(
    launch: Launch,
    found: Preflight,
    trigger: Callable[[str], str],
    unpause: Callable[[], None],
) -> None:
    """What is known before the run, and the button that starts it.

    Parameters
    ----------
    trigger
        Starts the run for an intent and returns its id.
    """
    allowed = context.operator().can_trigger
    with layout.card("preflight"):
        layout.title("Before it starts")
        checks(found)
        offer_unpause(found, unpause, allowed=allowed)
        if not allowed:
            _read_only(launch.doing)
        offer(
            launch.action,
            "trigger",
            lambda: _start(launch.kind, trigger),
            disabled=not (allowed and found.ready),
        )


def _start(kind: str, trigger: Callable[[str], str]) -> None:
    """Start the run and move to its address; the same click twice is the same intent."""
    key = f"{kind}-intent"
    run = trigger(st.session_state.setdefault(key, new_intent()))
    st.session_state.pop(key)
    cached.jobs.forget()
    navigation.stay(run=run)


def _read_only(doing: str) -> None:
    """Tell a viewer why the button does nothing."""
    errors.notice(
        "You can look, not trigger",
        f"Your role is {context.operator().role}. {doing} needs the role user, op or admin; "
        "ask an administrator of Airflow.",
        "warn",
    )


def flagged(contamination: float, rows: int) -> None:
    """Say what the contamination means in rows of this data set."""
    about = text.number(round(contamination * rows))
    st.html(
        html.tag(
            "div",
            html.words(f"About {about} of {text.number(rows)} rows will be flagged as anomalies."),
            cls="ac-sub",
        )
    )


def train_form(again: str, dataset_id: str) -> None:
    """Draw the form.

    Parameters
    ----------
    again
        The run to start from, to run it again with changes; empty for the defaults.
    dataset_id
        The data set to choose at first; empty for the newest.
    """
    datasets = cached.datasets()
    if not datasets:
        _no_dataset()
        return
    training = context.console().training
    before = training.params_of(again) if again else None
    base = before or parse(TrainParams, {"dataset": dataset_id or "latest"})
    left, right = st.columns([2, 3])
    with left, layout.card("parameters"):
        params = _choose(base, pickers.datasets_with(base.dataset), f"retrain-{again}")
    with right:
        if before:
            _compare(before, params)
        found = cached.train_preflight(params)
        launch_card(TRAIN, found, lambda intent: training.trigger(params, intent), training.unpause)


def _choose(base: TrainParams, datasets: list[Dataset], key: str) -> TrainParams:
    """Let the operator change data set and parameters; a viewer sees them only."""
    fixed = not context.operator().can_trigger
    layout.title("Data and parameters")
    dataset = pickers.dataset_picker(datasets, base.dataset, f"dataset-{key}", disabled=fixed)
    params = edit(base, dataset.dataset_id, key, disabled=fixed)
    flagged(params.contamination, dataset.rows)
    return params


def _compare(before: TrainParams, params: TrainParams) -> None:
    """What is changed against the run that is run again."""
    with layout.card("differences"):
        layout.title("Changes against the run before")
        differences(before, params)


def _no_dataset() -> None:
    """Send the operator to the Data page."""
    advice = "A model is trained on a data set; upload one first."
    with layout.card("no-dataset"), layout.empty("No data set yet", advice):
        if st.button("Upload a data set", type="primary", icon=":material/upload:"):
            navigation.go("data")


UPLOAD = "score-upload"


def score_form(dataset_id: str, reference: str) -> None:
    """Draw the form; both arguments say what to choose at first and may be empty."""
    models = _models(reference)
    if not models:
        _no_model()
        return
    left, right = st.columns([2, 3])
    with left, layout.card("choices"):
        layout.title("Data and model")
        dataset = _choose_dataset(dataset_id)
        model = model_picker(models, reference, "model-choice")
    if dataset:
        with right:
            _launch(ScoreParams(dataset=dataset.dataset_id, model=model.reference))


def model_picker(models: Sequence[ModelChoice], chosen: str, key: str) -> ModelChoice:
    """Let the operator choose a model; ``chosen`` is a reference."""
    references = [each.reference for each in models]
    return st.selectbox(
        "Model",
        models,
        index=references.index(chosen) if chosen in references else 0,
        format_func=lambda each: (
            f"{text.shorten(each.title, 44)} · {text.minute(each.run.started, context.zone())}"
        ),
        key=key,
        help="The champion is the model the team agreed on; latest is the newest finished one.",
    )


def _models(asked: str) -> list[ModelChoice]:
    """The newest models, and the one of the address if it is older."""
    models = list(cached.models())
    if models and RUN_ID.fullmatch(asked) and asked not in {each.reference for each in models}:
        run = context.console().runs.get(asked)
        models.append(ModelChoice(asked, run.name or asked, run))
    return models


def _choose_dataset(chosen: str) -> Dataset | None:
    """Pick a stored data set or upload a new one, which is then picked."""
    datasets = pickers.datasets_with(chosen)
    dataset = pickers.dataset_picker(datasets, chosen, f"dataset-{chosen}") if datasets else None
    with st.expander("Upload another file", expanded=not datasets, key="upload-expander"):
        registered = upload.register_upload(UPLOAD)
    if registered:
        navigation.stay(dataset=registered.dataset_id)
    return dataset


def _launch(params: ScoreParams) -> None:
    """Checks, estimate and the button."""
    scoring, found = context.console().scoring, cached.score_preflight(params)
    launch_card(SCORE, found, lambda intent: scoring.trigger(params, intent), scoring.unpause)


def _no_model() -> None:
    """Send the operator to the Retrain page."""
    with layout.card("no-model"), layout.empty("No model yet", "Retrain once to get one."):
        if st.button("Go to Retrain", type="primary"):
            navigation.go("retrain")
