"""Parameters of training and scoring, with the bounds that every front end uses.

The command line, the DAGs' ``Param`` schemas and the console's form all read
``model_json_schema()`` of these classes, so a bound cannot differ between them.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ParameterError

Params = TypeVar("Params", bound=BaseModel)

DATASET_PATTERN = r"^(latest|[0-9a-f]{16})$"
MODEL_PATTERN = r"^(latest|champion|challenger|[0-9a-f]{32})$"


class DatasetParams(BaseModel):
    """What every run needs to know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str = Field(
        "latest",
        pattern=DATASET_PATTERN,
        title="Data set",
        description="Id of a registered data set, or `latest` for the newest one.",
    )


class TrainParams(DatasetParams):
    """Parameters of a training run."""

    n_estimators: int = Field(
        200,
        ge=10,
        le=2000,
        title="Trees",
        description="Number of trees in the forest. More trees: steadier scores, longer runs.",
    )
    contamination: float = Field(
        0.1,
        gt=0,
        le=0.5,
        title="Contamination",
        description="Share of the training rows to flag. It moves the threshold, not the ranking.",
    )
    use_date_features: bool = Field(
        default=True,
        title="Date features",
        description="Add year, month, day, hour and weekday of each date column.",
    )
    max_samples: int = Field(
        4096,
        ge=2,
        le=65536,
        title="Rows per tree",
        description="Rows drawn for each tree. More rows: finer isolation, longer runs.",
    )
    random_state: int = Field(
        42,
        ge=0,
        le=2**31 - 1,
        title="Random seed",
        description="The same seed and data give the same model and scores.",
    )


class ScoreParams(DatasetParams):
    """Parameters of a scoring run."""

    model: str = Field(
        "champion",
        pattern=MODEL_PATTERN,
        title="Model",
        description="The `champion` (the latest model while none is chosen), the `challenger`, "
        "the `latest` finished model, or the id of a training run.",
    )


def parse(kind: type[Params], values: dict[str, Any]) -> Params:
    """Check ``values`` against ``kind``.

    Raises
    ------
    ParameterError
        Names the first parameter that is out of bounds, the rule and the value got.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or kind.__name__
        rule = first["msg"][0].lower() + first["msg"][1:]
        raise ParameterError(f"{name}: {rule}, got {first['input']!r}") from error
