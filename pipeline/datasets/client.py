"""The MLflow client of the data sets, with its failures in the pipeline's own words.

``mlflow`` takes two seconds to import, so it is imported on first use: whoever only names
the functions of this package does not pay.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import requests

from pipeline.errors import NotFound, TrackingError, Unreachable
from pipeline.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient


def tracking_client() -> MlflowClient:
    """Return the client of the configured server; it holds no state, so threads may share it."""
    settings().apply_to_mlflow()
    return _client(settings().mlflow_tracking_uri)


@lru_cache(maxsize=4)
def _client(uri: str) -> MlflowClient:
    from mlflow import MlflowClient  # noqa: PLC0415 - see the module's docstring

    return MlflowClient(tracking_uri=uri)


@contextmanager
def tracking_errors() -> Iterator[None]:
    """Raise what MLflow raises as ``NotFound``, ``Unreachable`` or ``TrackingError``."""
    from mlflow.exceptions import MlflowException, RestException  # noqa: PLC0415

    try:
        yield
    except RestException as error:
        kind = NotFound if error.error_code == "RESOURCE_DOES_NOT_EXIST" else TrackingError
        raise kind(f"MLflow refused the request: {error.message}") from error
    except requests.HTTPError as error:
        raise TrackingError(f"MLflow refused the request: {error}") from error
    except (MlflowException, requests.RequestException) as error:
        raise Unreachable(
            f"MLflow at {settings().mlflow_tracking_uri} does not answer; start it, or set "
            "MLFLOW_TRACKING_URI to where it runs"
        ) from error


def experiment_id(name: str) -> str:
    """Return an experiment's id; of two processes that make it at once, one succeeds."""
    from mlflow.exceptions import RestException  # noqa: PLC0415 - see the module's docstring

    client = tracking_client()
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(client.create_experiment(name))
        except RestException:
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    return str(experiment.experiment_id)
