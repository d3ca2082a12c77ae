"""The pages of docs/ that are written from the code they describe: `python -m lookalike.reference`."""
