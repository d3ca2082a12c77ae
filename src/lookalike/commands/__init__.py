"""What `lookalike` can be told to do: one file a command, none of which imports more than it needs to start."""
