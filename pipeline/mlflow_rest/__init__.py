"""MLflow's REST API as the pipeline uses it.

Plain HTTP: to import MLflow's own client takes a second of processor time and 180 MB in every
process, as much as half of a small training.

References
----------
https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

from pipeline.mlflow_rest.client import MlflowRest, mlflow_rest
from pipeline.mlflow_rest.records import Run

__all__ = ["MlflowRest", "Run", "mlflow_rest"]
