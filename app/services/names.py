"""Names that Airflow, MLflow and the console agree on."""

TRAIN_DAG = "traffic_anomaly_detection_mlflow"
SCORE_DAG = "traffic_anomaly_scoring_mlflow"
EXPERIMENT = "traffic_anomaly_detection"
DATASET_EXPERIMENT = "traffic_datasets"
REGISTERED_MODEL = "traffic_anomaly"
CHAMPION = "champion"
LATEST = "latest"

SCORED_PARQUET = "scores/scored.parquet"
SCORED_CSV = "scores/scored_output.csv"
MODEL_SCHEMA = "schema.json"
DRIFT = "drift.json"
