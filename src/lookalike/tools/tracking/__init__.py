"""MLflow, fed after a run from what the run wrote.

A cached stage runs no code and so could log nothing; the files it restored are all there is to know.
"""
