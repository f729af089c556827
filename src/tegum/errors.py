"""The one exception root: every message says what is wrong, where, and what to do."""


class TegumError(Exception):
    """An error that the user can mend; shown as one message, without a traceback."""
