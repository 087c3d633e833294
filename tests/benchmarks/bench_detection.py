"""Compares encodings and tree sizes on injected anomalies: part of ``make bench``.

Mixed records come from the sample generator, through a CSV file as an upload does, with the truth
kept apart; numeric ones from clusters with rows thrown between them. Every variant scores the rows
that it was fitted on, and is asked for as many anomalies as were injected.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from pipeline.model.detector import fit_detector, score_samples
from pipeline.model.features import DateParts
from pipeline.params import TrainParams
from pipeline.sample.write import truth_path, write_sample
from pipeline.tables.csv_convert import csv_to_parquet
from pipeline.tables.frames import model_frame
from pipeline.tables.profile import profile
from pipeline.tables.schema import Role, Schema

ROWS, TREES = 50_000, 200
SEEDS, SHARES, SIZES = (1, 2, 3), (0.005, 0.01, 0.05), (256, 1024, 4096)
BASELINE = ("one-hot", 256)


@dataclass(frozen=True)
class Data:
    """Rows with the kind of each injected anomaly, empty for the others."""

    frame: pd.DataFrame
    schema: Schema
    kinds: NDArray[np.str_]


def mixed(share: float, seed: int) -> Data:
    """Return generated records, read as an upload is read."""
    with TemporaryDirectory() as name:
        file, data = Path(name) / "records.csv", Path(name) / "records.parquet"
        write_sample(file, rows=ROWS, random_state=seed, anomaly_share=share)
        csv_to_parquet(file, data)
        schema = profile(data).schema
        frame = model_frame(pq.read_table(data), schema)
        truth = pd.read_csv(truth_path(file))
    kinds = np.full(len(frame), "", dtype=object)
    kinds[truth["row"].to_numpy() - 1] = truth["kind"].to_numpy()
    return Data(frame, schema, kinds.astype(str))


def numeric(share: float, seed: int) -> Data:
    """Return clusters in ten dimensions, with rows spread evenly over their range."""
    random = np.random.default_rng(seed)
    centres = random.normal(scale=4, size=(5, 10))
    rows = centres[random.integers(5, size=ROWS)] + random.normal(size=(ROWS, 10))
    injected = random.choice(ROWS, round(share * ROWS), replace=False)
    rows[injected] = random.uniform(rows.min(axis=0), rows.max(axis=0), size=(len(injected), 10))
    kinds = np.full(ROWS, "", dtype=object)
    kinds[injected] = "between_clusters"
    frame = pd.DataFrame(rows, columns=[f"x{place}" for place in range(10)])
    with TemporaryDirectory() as name:
        frame.to_parquet(Path(name) / "rows.parquet")
        schema = profile(Path(name) / "rows.parquet").schema
    return Data(frame, schema, kinds.astype(str))


def with_encoder(encoder: object) -> Callable[[Data, int], NDArray[np.float64]]:
    """Score with scaled numbers and date parts beside ``encoder`` for the categories."""

    def score(data: Data, size: int) -> NDArray[np.float64]:
        scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        filled = SimpleImputer(strategy="constant", fill_value="(missing)")
        columns = {
            Role.NUMERIC: scaled,
            Role.CATEGORICAL: make_pipeline(filled, encoder),
            Role.DATE: make_pipeline(DateParts(), StandardScaler()),
        }
        chosen = [(role, step, data.schema.of_role(role)) for role, step in columns.items()]
        features = ColumnTransformer([step for step in chosen if step[2]])
        forest = IsolationForest(n_estimators=TREES, max_samples=size, random_state=42)
        frame = data.frame.astype(dict.fromkeys(data.schema.of_role(Role.CATEGORICAL), object))
        return (
            Pipeline([("features", features), ("forest", forest)]).fit(frame).score_samples(frame)
        )

    return score


def ours(data: Data, size: int) -> NDArray[np.float64]:
    """Score with the product's own pipeline."""
    params = TrainParams(dataset="latest", n_estimators=TREES, max_samples=size)
    return score_samples(fit_detector(data.frame, data.schema, params), data.frame)


def plain(data: Data, size: int) -> NDArray[np.float64]:
    """Score with nothing but scikit-learn's forest."""
    forest = IsolationForest(n_estimators=TREES, max_samples=size, random_state=42)
    return forest.fit(data.frame).score_samples(data.frame)


MIXED = {
    "one-hot": with_encoder(OneHotEncoder(handle_unknown="ignore")),
    "ordinal": with_encoder(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
    "log-frequency": ours,
}
NUMERIC = {"plain forest": plain, "ours": ours}


def quality(scores: NDArray[np.float64], kinds: NDArray[np.str_]) -> dict[str, float]:
    """Return ROC-AUC, average precision and the recall among as many as were injected."""
    injected = kinds != ""
    found = np.zeros(len(scores), dtype=bool)
    found[np.argsort(scores)[: injected.sum()]] = True
    by_kind = {kind: found[kinds == kind].mean() for kind in np.unique(kinds[injected])}
    return {
        "AUC": roc_auc_score(injected, -scores),
        "AP": average_precision_score(injected, -scores),
        "recall": found[injected].mean(),
        **by_kind,
    }


Results = dict[tuple[str, int], dict[str, list[float]]]


def compare(
    variants: dict[str, Callable[[Data, int], NDArray[np.float64]]], sets: Iterator[Data]
) -> Results:
    """Return every figure of every variant on every set."""
    results: Results = defaultdict(lambda: defaultdict(list))
    for data in sets:
        for (name, score), size in product(variants.items(), SIZES):
            for figure, value in quality(score(data, size), data.kinds).items():
                results[name, size][figure].append(value)
        sys.stderr.write(".")
        sys.stderr.flush()
    return results


def write_table(title: str, results: Results) -> None:
    """Print a Markdown table: means over the seeds, the spread of the first three figures."""
    figures = list(next(iter(results.values())))
    sys.stdout.write(f"\n{title}\n\n| encoding | max_samples | {' | '.join(figures)} |\n")
    sys.stdout.write("|---|---|" + "---|" * len(figures) + "\n")
    for (name, size), found in results.items():
        cells = [
            told(found[figure], spread=place < len(SEEDS)) for place, figure in enumerate(figures)
        ]
        sys.stdout.write(f"| {name} | {size} | {' | '.join(cells)} |\n")


def told(values: list[float], *, spread: bool) -> str:
    """Return the mean, with the standard deviation over the seeds."""
    return f"{mean(values):.3f}" + (f" ± {stdev(values):.3f}" if spread else "")


def main() -> None:
    """Print the tables, and how far ours is above the one-hot baseline."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for share in SHARES:
        found = compare(MIXED, (mixed(share, seed) for seed in SEEDS))
        write_table(f"Mixed records, {share:.1%} injected", found)
        base = mean(found[BASELINE]["AP"])
        for size in SIZES:
            ratio = mean(found["log-frequency", size]["AP"]) / base
            sys.stdout.write(
                f"\nlog-frequency, max_samples {size}: {ratio:.1f} times the AP of the baseline"
            )
        sys.stdout.write("\n")
    for share in SHARES:
        found = compare(NUMERIC, (numeric(share, seed) for seed in SEEDS))
        write_table(f"Numbers only, {share:.1%} injected", found)


if __name__ == "__main__":
    main()
