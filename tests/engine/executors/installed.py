"""Whether Ray is here: an extra that not everyone installs, but CI does."""

import os
from importlib.util import find_spec

import pytest


def need_ray() -> None:
    """Skip what follows where Ray is not installed; fail instead where it is required, so that CI never skips it."""
    if find_spec("ray") is None:
        if os.environ.get("LOOKALIKE_REQUIRE_RAY"):
            pytest.fail("LOOKALIKE_REQUIRE_RAY is set and Ray is not installed; run `make setup EXTRAS=ray`")
        pytest.skip("Ray is not installed; `make setup EXTRAS=ray` installs it", allow_module_level=True)
