"""Names in MLflow that operators, dashboards and saved data depend on."""

EXPERIMENT = "traffic_anomaly_detection"
DATASET_EXPERIMENT = "traffic_datasets"
REGISTERED_MODEL = "traffic_anomaly"
CHAMPION, CHALLENGER = "champion", "challenger"
ALIASES = (CHAMPION, CHALLENGER)
LATEST = "latest"

ARCHIVED_TAG = "archived"
NOT_ARCHIVED = f"tags.{ARCHIVED_TAG} IS NULL"
DIGEST_TAG = "model_sha256"
THRESHOLD_TAG = "score_threshold"
"""On a train run: the score below which rows are flagged, where people have decided on one."""

SCORED_PARQUET = "scores/scored.parquet"
SCORED_CSV = "scores/scored_output.csv"
DRIFT = "drift.json"
DATA = "data.parquet"
PROFILE = "profile.json"

MODEL_FILES = ("model.skops", "schema.json", "threshold.json", "drift_reference.json")
MODEL_DETECTOR, MODEL_SCHEMA, MODEL_THRESHOLD, MODEL_DRIFT = MODEL_FILES
"""What the product reads of a logged model; schema and threshold are files of the run as well."""
