"""Backbones: one file a family, one registry."""

import os

# Read by OpenMP when torch is first imported. By default its threads spin while they wait for each other; on a machine
# that does anything else at the same time, two spinning threads are three times slower than two sleeping ones.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
