"""A model of the run as one file that runs without this project, and its gallery as a FAISS index."""
