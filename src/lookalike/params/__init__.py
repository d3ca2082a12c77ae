"""params.yaml as typed, validated options: one file a block."""
