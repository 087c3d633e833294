"""Input widgets for training parameters; titles, bounds and help come from the pipeline."""

from typing import Any

import streamlit as st

from app.ui.kit import html
from app.ui.runs.labels import PARAMETERS, parameter_title
from pipeline.params import TrainParams

SMALLEST_SHARE = 0.001


def edit(base: TrainParams, dataset_id: str, key: str, *, disabled: bool = False) -> TrainParams:
    """Let the operator change ``base``; another ``key`` makes a new form."""
    values: dict[str, Any] = {"dataset": dataset_id}
    values["n_estimators"] = _whole("n_estimators", base, key, step=10, disabled=disabled)
    values["contamination"] = st.number_input(
        **_common("contamination", key),
        min_value=SMALLEST_SHARE,
        max_value=float(PARAMETERS["contamination"]["maximum"]),
        value=base.contamination,
        step=0.01,
        format="%.3f",
        disabled=disabled,
    )
    with st.expander("Advanced parameters", key=f"advanced-{key}"):
        values["max_samples"] = _whole("max_samples", base, key, step=256, disabled=disabled)
        values["random_state"] = _whole("random_state", base, key, step=1, disabled=disabled)
        values["use_date_features"] = st.toggle(
            **_common("use_date_features", key), value=base.use_date_features, disabled=disabled
        )
    return TrainParams(**values)


def _label(name: str) -> str:
    """The title, and the name that Airflow and MLflow know the parameter by."""
    title = parameter_title(name)
    return title if title.lower() == name else f"{title} ({name})"


def _help(name: str) -> str:
    """What the parameter does, and its bounds."""
    field = PARAMETERS[name]
    bounds = ""
    if "minimum" in field:
        bounds = f" From {field['minimum']:,} to {field['maximum']:,}."
    elif "exclusiveMinimum" in field:
        bounds = f" Above {field['exclusiveMinimum']:g}, up to {field['maximum']:g}."
    return f"{field['description']}{bounds}"


def _common(name: str, key: str) -> dict[str, Any]:
    """The arguments that every widget of a parameter has."""
    return {"label": _label(name), "key": f"{name}-{key}", "help": _help(name)}


def _whole(name: str, base: TrainParams, key: str, *, step: int, disabled: bool) -> int:
    """Input for a whole number within its bounds."""
    number: int = st.number_input(
        **_common(name, key),
        min_value=int(PARAMETERS[name]["minimum"]),
        max_value=int(PARAMETERS[name]["maximum"]),
        value=int(getattr(base, name)),
        step=step,
        disabled=disabled,
    )
    return number


def differences(before: TrainParams, after: TrainParams) -> None:
    """List the parameters that differ from those of the run that is run again."""
    old, new = before.model_dump(), after.model_dump()
    changed = [
        (parameter_title(name), html.span(f"{old[name]} → {new[name]}"))
        for name in new
        if old[name] != new[name]
    ]
    same = [("Changes", html.span("None: the same parameters run again"))]
    st.html(html.facts(changed or same, cls="ac-rows"))
