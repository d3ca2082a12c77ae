"""A search over knobs, judged on validation identities: `lookalike sweep`."""
