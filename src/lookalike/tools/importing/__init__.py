"""A folder of pictures becomes a dataset: split by identity, checked, and put into place at once."""
