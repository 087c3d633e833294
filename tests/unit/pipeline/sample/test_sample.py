"""The generated accident records."""

import re
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import ParameterError
from pipeline.sample.anomalies import KINDS
from pipeline.sample.distributions import COLUMNS
from pipeline.sample.write import SampleBlock, sample_blocks, truth_path, write_sample

ROWS = 20_000
REAL = Path(__file__).parents[5] / "shared" / "data" / "traffic_accidents_real_1000.csv"


@pytest.fixture(scope="module")
def sample() -> SampleBlock:
    """A sample that several tests look at."""
    return next(sample_blocks(ROWS, random_state=7))


@pytest.fixture(scope="module")
def ordinary(sample: SampleBlock) -> pd.DataFrame:
    """Its records without the injected ones."""
    injected = sample.truth["row"].to_numpy() - 1
    frame = sample.records.to_pandas().drop(injected)
    return frame.assign(moment=pd.to_datetime(frame["crash_date"], format="%m/%d/%Y %H:%M"))


def test_the_columns_are_the_published_ones(sample: SampleBlock) -> None:
    """Names and order are those of the published records."""
    assert tuple(sample.records.column_names) == COLUMNS
    assert sample.records.num_rows == ROWS


def test_the_same_seed_gives_the_same_records(sample: SampleBlock) -> None:
    """A seed decides everything; another seed gives other records."""
    assert next(sample_blocks(ROWS, random_state=7)).records.equals(sample.records)
    assert not next(sample_blocks(ROWS, random_state=8)).records.equals(sample.records)


def test_calendar_columns_follow_the_date(ordinary: pd.DataFrame) -> None:
    """Hour, month and weekday (Sunday is 1) say what the date says."""
    assert (ordinary["moment"].dt.hour == ordinary["crash_hour"]).all()
    assert (ordinary["moment"].dt.month == ordinary["crash_month"]).all()
    assert ((ordinary["moment"].dt.day_of_week + 1) % 7 + 1 == ordinary["crash_day_of_week"]).all()


def test_injuries_add_up_to_their_total_and_their_worst(ordinary: pd.DataFrame) -> None:
    """The counts sum to the total, and the most severe injury is the worst that is counted."""
    parts = [
        "injuries_fatal",
        "injuries_incapacitating",
        "injuries_non_incapacitating",
        "injuries_reported_not_evident",
    ]
    assert (ordinary[parts].sum(axis=1) == ordinary["injuries_total"]).all()
    unhurt = ordinary["most_severe_injury"] == "NO INDICATION OF INJURY"
    assert ((ordinary["injuries_total"] == 0) == unhurt).all()
    assert ((ordinary["injuries_fatal"] > 0) == (ordinary["most_severe_injury"] == "FATAL")).all()
    hurt = ordinary.loc[~unhurt, "crash_type"]
    assert (hurt == "INJURY AND / OR TOW DUE TO CRASH").all()


def test_surface_follows_weather_and_light_follows_hour(ordinary: pd.DataFrame) -> None:
    """Rain wets the road, snow whitens it, and the sun does not shine at two in the morning."""
    surface = ordinary.groupby("weather_condition")["roadway_surface_cond"]
    likely = surface.agg(lambda values: values.mode()[0])
    assert likely["RAIN"] == "WET"
    assert likely["SNOW"] == "SNOW OR SLUSH"
    assert likely["CLEAR"] == "DRY"
    daylight = ordinary["lighting_condition"] == "DAYLIGHT"
    assert daylight[ordinary["crash_hour"] == 12].mean() > 0.9
    assert daylight[ordinary["crash_hour"] == 2].mean() == 0
    assert (
        not ordinary.loc[ordinary["crash_month"].between(6, 9), "weather_condition"]
        .isin(["SNOW", "BLOWING SNOW"])
        .any()
    )


@pytest.mark.skipif(not REAL.exists(), reason="the published records are not at hand")
@pytest.mark.parametrize(
    "column", ["weather_condition", "first_crash_type", "most_severe_injury", "damage", "num_units"]
)
def test_shares_are_those_of_published_records(ordinary: pd.DataFrame, column: str) -> None:
    """No value's share is further than six percentage points from the published one."""
    real = pd.read_csv(REAL)[column].value_counts(normalize=True)
    ours = ordinary[column].value_counts(normalize=True)
    assert (real.sub(ours, fill_value=0)).abs().max() < 0.06


def test_roads_do_not_freeze_in_summer(ordinary: pd.DataFrame) -> None:
    """Ice and snow lie in the cold months only."""
    frozen = ordinary["roadway_surface_cond"].isin(["ICE", "SNOW OR SLUSH"])
    assert not frozen[ordinary["crash_month"].between(6, 9)].any()
    assert frozen[ordinary["crash_month"].isin([12, 1, 2])].mean() > 0.05


def test_a_signal_is_disregarded_only_where_there_is_one(ordinary: pd.DataFrame) -> None:
    """The cause agrees with the traffic control device."""
    cause, device = ordinary["prim_contributory_cause"], ordinary["traffic_control_device"]
    assert set(device[cause == "DISREGARDING TRAFFIC SIGNALS"]) == {"TRAFFIC SIGNAL"}
    assert set(device[cause == "DISREGARDING STOP SIGN"]) == {"STOP SIGN/FLASHER"}


def test_one_percent_is_injected_with_every_kind(sample: SampleBlock) -> None:
    """The truth names as many rows as asked for, each once, and all kinds occur."""
    rows = sample.truth["row"].to_pylist()
    assert len(rows) == len(set(rows)) == ROWS // 100
    assert min(rows) >= 1
    assert max(rows) <= ROWS
    assert set(sample.truth["kind"].to_pylist()) == set(KINDS)


def test_injected_rows_have_the_properties_of_their_kind(sample: SampleBlock) -> None:
    """The rows that the truth names carry what their kind promises, and others do not."""
    frame = sample.records.to_pandas()
    truth = sample.truth.to_pandas()
    kinds = {kind: group["row"].to_numpy() - 1 for kind, group in truth.groupby("kind")}
    assert (frame.loc[kinds["extreme_counts"], "num_units"] >= 8).all()
    contradiction = frame.loc[kinds["impossible_combination"]]
    assert (contradiction["most_severe_injury"] == "FATAL").all()
    assert (contradiction["injuries_fatal"] == 0).all()
    invented = frame["weather_condition"] == "VOLCANIC ASH"
    assert set(frame.index[invented]) <= set(kinds["unknown_category"])
    assert frame.loc[kinds["wrong_season"], "crash_month"].between(6, 8).all()
    assert (frame.loc[kinds["wrong_season"], "roadway_surface_cond"] == "ICE").all()
    years = frame.loc[kinds["shifted_date"], "crash_date"].str.extract(r"/(\d+) ")[0].astype(int)
    assert (~years.between(2016, 2023)).mean() > 0.95


def test_files_hold_the_sample(tmp_path: Path, sample: SampleBlock) -> None:
    """The records and, apart from them, the truth are written and progress adds up."""
    target, told = tmp_path / "accidents.csv", []
    write_sample(target, rows=ROWS, random_state=7, progress=told.append)
    assert sum(told) == ROWS
    assert target.read_text().startswith(",".join(COLUMNS) + "\n")
    quoted = set(re.findall(r'"[^"]*"', target.read_text()))
    assert all("," in value for value in quoted)
    written = pd.read_csv(target, dtype=str, keep_default_na=False)
    expected = sample.records.to_pandas().astype(str)
    assert (written.to_numpy() == expected.to_numpy()).all()
    assert pd.read_csv(truth_path(target))["row"].tolist() == sample.truth["row"].to_pylist()


@pytest.mark.parametrize(
    ("rows", "share", "message"), [(0, 0.01, "rows must"), (10, 0.6, "anomaly_share must")]
)
def test_bounds_are_named(rows: int, share: float, message: str) -> None:
    """A request that cannot be met names the parameter and its bound."""
    with pytest.raises(ParameterError, match=message):
        next(sample_blocks(rows, anomaly_share=share))
