"""Lookalike finds the synthetic twins of a photograph."""
