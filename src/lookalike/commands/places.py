"""Where a run leaves what commands read, from the project's root."""

from pathlib import Path

METRICS = Path("metrics/metrics.json")
