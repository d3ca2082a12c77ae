"""Submissions: posted to a scoring server, and scored here where the labels are known."""
