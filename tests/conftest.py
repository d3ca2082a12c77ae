import os

from hypothesis import settings

# A test's speed depends on the machine, not on the code being right: no deadline, and the same examples everywhere.
settings.register_profile("lookalike", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("lookalike")

# Set before anything imports torch or OpenMP: two test workers on two cores are slower with two threads each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
