"""The embedded default dataset: portraits drawn by procedure from a seed, laid out as the competition's are."""
