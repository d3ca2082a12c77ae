"""The one error family a user is meant to read."""


class LookalikeError(ValueError):
    """A fault in the user's files or params.

    The message names the file or key, says what was expected, and what to do about it.
    """
