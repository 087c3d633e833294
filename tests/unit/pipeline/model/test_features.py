"""Features: what each role becomes, and scikit-learn's own checks of our transformers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pipeline.model.features import DateParts, LogFrequencyEncoder, build_features
from pipeline.tables.schema import Column, Role, Schema


@parametrize_with_checks([LogFrequencyEncoder(), DateParts()])
def test_transformers_are_scikit_learn_estimators(estimator, check) -> None:
    """Each transformer keeps scikit-learn's contract for estimators."""
    check(estimator)


def weather(*values) -> pd.DataFrame:
    """Return one column of categories."""
    return pd.DataFrame({"weather": pd.Categorical(values)})


def test_a_category_becomes_the_log_of_its_share() -> None:
    """Three of four rows become the log of 0.75."""
    encoder = LogFrequencyEncoder().fit(weather("CLEAR", "CLEAR", "CLEAR", "SNOW"))
    encoded = encoder.transform(weather("CLEAR", "SNOW"))
    assert encoded.ravel() == pytest.approx(np.log([0.75, 0.25]))


def test_an_unseen_category_is_rarer_than_any_seen_one() -> None:
    """What training never saw lies beyond the rarest thing it saw."""
    encoder = LogFrequencyEncoder().fit(weather("CLEAR", "CLEAR", "SNOW"))
    snow, ash = encoder.transform(weather("SNOW", "ASH")).ravel()
    assert ash < snow


def test_missing_is_a_category_of_its_own() -> None:
    """Missing values have their own share, or count as unseen where training had none."""
    some = LogFrequencyEncoder().fit(weather("CLEAR", None, None, "SNOW"))
    assert some.transform(weather(None, "SNOW")).ravel() == pytest.approx(np.log([0.5, 0.25]))
    none = LogFrequencyEncoder().fit(weather("CLEAR", "SNOW"))
    missing, unseen = none.transform(weather(None, "ASH")).ravel()
    assert missing == unseen


def test_categories_that_are_listed_but_never_occur_count_as_unseen() -> None:
    """A category of the type without a row gives no infinite value."""
    listed = pd.DataFrame({"weather": pd.Categorical(["CLEAR"] * 4, ["CLEAR", "HAIL"])})
    encoded = LogFrequencyEncoder().fit(listed).transform(weather("HAIL"))
    assert encoded.item() == pytest.approx(np.log(0.5 / 4))


def test_the_order_of_the_categories_does_not_matter() -> None:
    """Chunks number their categories as they come; the features are the same."""
    encoder = LogFrequencyEncoder().fit(weather("A", "A", "B"))
    one = pd.DataFrame({"weather": pd.Categorical(["B", "A"], ["A", "B"])})
    other = pd.DataFrame({"weather": pd.Categorical(["B", "A"], ["B", "X", "A"])})
    assert np.array_equal(encoder.transform(one), encoder.transform(other))


def test_plain_text_and_categories_are_encoded_alike() -> None:
    """A frame of strings, as MLflow's own scoring server sends, gives the same features."""
    encoder = LogFrequencyEncoder().fit(weather("A", "A", "B"))
    text = pd.DataFrame({"weather": ["B", "A", None]})
    assert np.array_equal(encoder.transform(text), encoder.transform(weather("B", "A", None)))


def test_a_date_gives_its_calendar_parts() -> None:
    """Year, month, day, hour and weekday, with Monday as 0."""
    dates = pd.DataFrame({"crash": pd.to_datetime(["2024-02-29 23:10"])})
    assert DateParts().fit_transform(dates).tolist() == [[2024, 2, 29, 23, 3]]


def test_a_missing_date_gets_the_medians_of_training() -> None:
    """As a missing number does, so that it stands out neither way."""
    training = pd.DataFrame({"crash": pd.to_datetime(["2020-01-01", "2022-03-03", "2024-05-05"])})
    missing = pd.DataFrame({"crash": pd.to_datetime([None])})
    assert DateParts().fit(training).transform(missing)[0, :3].tolist() == [2022, 3, 3]


def test_dates_in_another_resolution_give_the_same_parts() -> None:
    """Seconds or nanoseconds, the calendar is the same."""
    seconds = pd.DataFrame({"crash": np.array(["2023-07-29T13:00"], dtype="datetime64[s]")})
    parts = DateParts().fit(seconds)
    assert np.array_equal(
        parts.transform(seconds), parts.transform(seconds.astype("datetime64[ns]"))
    )


SCHEMA = Schema(
    (
        Column("crash", Role.DATE, "timestamp[us]"),
        Column("weather", Role.CATEGORICAL, "string"),
        Column("id", Role.IGNORED, "string"),
        Column("units", Role.NUMERIC, "int64"),
    )
)
FRAME = pd.DataFrame(
    {
        "crash": pd.to_datetime(["2023-01-01", "2023-06-01", "2023-06-02"]),
        "weather": pd.Categorical(["CLEAR", "CLEAR", "SNOW"]),
        "units": [1.0, np.nan, 5.0],
    }
)


def test_one_column_stays_one_feature() -> None:
    """Features bear the names of the columns; a date gives five, an ignored column none."""
    features = build_features(SCHEMA).fit(FRAME)
    dates = [f"crash_{part}" for part in ("year", "month", "day", "hour", "weekday")]
    assert features.get_feature_names_out().tolist() == ["units", "weather", *dates]


def test_a_missing_number_gets_the_median_of_training() -> None:
    """The median of 1 and 5 is 3."""
    assert build_features(SCHEMA).fit_transform(FRAME)[1, 0] == 3


def test_columns_are_found_by_name() -> None:
    """Their order in a second file does not matter."""
    features = build_features(SCHEMA).fit(FRAME)
    turned = FRAME[["units", "crash", "weather"]]
    assert np.array_equal(features.transform(turned), features.transform(FRAME))


def test_a_column_of_missing_numbers_is_no_feature_to_split_on() -> None:
    """It becomes a constant instead of an error."""
    empty = FRAME.assign(units=np.nan)
    assert build_features(SCHEMA).fit_transform(empty)[:, 0].tolist() == [0, 0, 0]
