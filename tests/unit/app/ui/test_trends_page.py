"""The long view."""


def test_three_charts_and_four_numbers(enter, world):
    """Rate, drift and activity of the last thirty days."""
    visit = enter(world, "trends")
    assert len(visit.at.get("plotly_chart")) == 3
    assert visit.at.metric[0].value == "3"


def test_the_range_is_read_from_the_address(enter, world):
    """A link shows a colleague the same span of time."""
    assert enter(world, "trends").at.button_group[0].value == "30 days"
    assert enter(world, "trends", range="All time").at.button_group[0].value == "All time"


def test_without_mlflow_the_trend_is_still_drawn(enter, world):
    """Only the models' names are missing."""
    world.stop("MLflow")
    visit = enter(world, "trends")
    assert len(visit.at.get("plotly_chart")) == 3
    assert "waiting for MLflow" in visit.words
