"""The plain pipeline that the product is measured against: what most notebooks do.

One-hot and scaled features, every row through ``predict`` and ``decision_function``, MLflow's own
``log_model`` with inferred requirements, four seaborn pictures and a CSV file. Run as
``python plain_pipeline.py train FILE`` and then ``score FILE``; ``MLFLOW_TRACKING_URI`` says where.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl

mpl.use("Agg")

import mlflow
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

EXPERIMENT = "plain"
DATE = "crash_date"
SKOPS_TYPES = ["numpy.dtype", "sklearn.tree._tree.Tree"]


def read(file: Path) -> pd.DataFrame:
    """Read the records and add the parts of their date."""
    frame = pd.read_csv(file)
    dates = pd.to_datetime(frame.pop(DATE), errors="coerce", format="mixed")
    for part in ("year", "month", "day", "hour"):
        frame[f"{DATE}_{part}"] = getattr(dates.dt, part).astype("float64")
    return frame


def build(frame: pd.DataFrame, trees: int = 200, contamination: float = 0.1) -> Pipeline:
    """Lay out one-hot and scaled features in front of an isolation forest."""
    numbers = frame.select_dtypes("number").columns.tolist()
    words = [name for name in frame.columns if name not in numbers]
    features = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (
                "words",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    OneHotEncoder(handle_unknown="ignore"),
                ),
                words,
            ),
        ]
    )
    forest = IsolationForest(
        n_estimators=trees, contamination=contamination, random_state=42, n_jobs=-1
    )
    return Pipeline([("features", features), ("forest", forest)])


def train(file: Path) -> None:
    """Fit, score all rows and log parameters, metrics and the model."""
    frame = read(file)
    model = build(frame)
    with mlflow.start_run():
        model.fit(frame)
        flags = model.predict(frame)
        scores = model.decision_function(frame)
        mlflow.log_params({"n_estimators": 200, "contamination": 0.1})
        mlflow.log_metrics({"anomaly_rate": float((flags < 0).mean()), "mean": scores.mean()})
        mlflow.sklearn.log_model(
            model,
            name="model",
            input_example=frame.head(5),
            skops_trusted_types=SKOPS_TYPES,
        )


def score(file: Path) -> None:
    """Score with the newest model and log a CSV file and four pictures."""
    newest = mlflow.search_logged_models(max_results=1, output_format="list")[0]
    model = mlflow.sklearn.load_model(newest.model_uri)
    frame = read(file)
    scored = frame.assign(
        anomaly_pred=model.predict(frame), anomaly_score=model.decision_function(frame)
    )
    with mlflow.start_run(), TemporaryDirectory() as folder:
        scored.to_csv(Path(folder) / "scored_output.csv", index=False)
        draw(scored, Path(folder))
        mlflow.log_metric("anomaly_rate", float((scored["anomaly_pred"] < 0).mean()))
        mlflow.log_artifacts(folder)


def draw(scored: pd.DataFrame, folder: Path) -> None:
    """Draw the four pictures from the rows themselves."""
    figure, axes = plt.subplots(figsize=(10, 6))
    sns.histplot(data=scored, x="anomaly_score", hue="anomaly_pred", bins=50, kde=True, ax=axes)
    figure.savefig(folder / "anomaly_score_distribution.png")
    figure, axes = plt.subplots(figsize=(6, 6))
    sns.countplot(data=scored, x="anomaly_pred", ax=axes)
    figure.savefig(folder / "anomaly_percentage.png")
    figure, axes = plt.subplots(figsize=(10, 6))
    sns.barplot(data=scored.nsmallest(20, "anomaly_score").reset_index(), y="index",
                x="anomaly_score", orient="h", ax=axes)  # fmt: skip
    figure.savefig(folder / "top_anomalies.png")
    figure, axes = plt.subplots(figsize=(12, 6))
    monthly = scored.groupby([f"{DATE}_year", f"{DATE}_month"])["anomaly_pred"]
    rate = monthly.apply(lambda flags: (flags < 0).mean()).reset_index(name="rate")
    sns.lineplot(data=rate, x=f"{DATE}_month", y="rate", hue=f"{DATE}_year", ax=axes)
    figure.savefig(folder / "anomaly_trend.png")


def main(step: str, file: str) -> None:
    """Run one step."""
    mlflow.set_experiment(EXPERIMENT)
    {"train": train, "score": score}[step](Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
