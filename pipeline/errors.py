"""Everything the pipeline raises on purpose."""

MLFLOW = "MLflow"


class PipelineError(Exception):
    """Base of the errors whose message is written for the operator."""


class DataError(PipelineError):
    """The input data breaks a rule; trying again cannot help."""


class ParameterError(PipelineError):
    """A parameter is out of its bounds; trying again cannot help."""


class ModelError(PipelineError):
    """A stored model cannot be used: tampered with, pickled or of another schema."""


class ClusterError(PipelineError):
    """The Dask cluster cannot be reached or has lost the work."""


class ServiceError(PipelineError):
    """A service did not do what was asked.

    Parameters
    ----------
    service
        Name the operator knows: ``Airflow``, ``MLflow`` or ``PostgreSQL``.
    message
        One sentence written for the operator.
    """

    def __init__(self, service: str, message: str) -> None:
        super().__init__(message)
        self.service = service
        self.message = message


class Unreachable(ServiceError):  # noqa: N818 - a state of the world, not a fault
    """The service does not answer, or answers that it cannot work at present."""


class Rejected(ServiceError):  # noqa: N818 - as above
    """The service understood and refused; the message gives its reason."""


class NotFound(ServiceError):  # noqa: N818 - as above
    """What was asked for is not there."""
