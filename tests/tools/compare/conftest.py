from tests.run.conftest import project

__all__ = ["project"]
