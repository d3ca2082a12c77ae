"""What a ranked list is worth: one file a measure, one table."""
