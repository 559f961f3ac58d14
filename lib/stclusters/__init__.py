"""Science and technology clusters: exact density clustering, ranking and collaboration."""

__version__ = "0.1.0"
