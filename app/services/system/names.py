"""Names that Airflow, MLflow and the console agree on."""

from pipeline.tracking.names import (
    CHALLENGER,
    CHAMPION,
    DATASET_EXPERIMENT,
    DRIFT,
    EXPERIMENT,
    LATEST,
    REGISTERED_MODEL,
    SCORED_CSV,
    SCORED_PARQUET,
)

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "DATASET_EXPERIMENT",
    "DRIFT",
    "EXPERIMENT",
    "LATEST",
    "REGISTERED_MODEL",
    "SCORED_CSV",
    "SCORED_PARQUET",
]

TRAIN_DAG = "traffic_anomaly_detection_mlflow"
SCORE_DAG = "traffic_anomaly_scoring_mlflow"
DATASET_ASSET = "traffic_datasets"
DATASET_NAME = "dataset_name"
SCHEDULER = "scheduler"
