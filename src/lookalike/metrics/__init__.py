"""Competition points and the retrieval metrics: pure functions on judged rankings."""
