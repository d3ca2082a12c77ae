"""Competition points and retrieval measures of rankings held against the labels."""
