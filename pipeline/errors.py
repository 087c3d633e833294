"""Everything the pipeline raises on purpose."""


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


class TrackingError(PipelineError):
    """The tracking server did not do what was asked."""


class NotFound(TrackingError):  # noqa: N818 - a state of the world, not a fault
    """A run, data set or model is not there."""


class Unreachable(TrackingError):  # noqa: N818 - as above
    """The tracking server does not answer."""
