"""What is said when something does not hold."""


class DoesNotHold(Exception):
    """Checked and found wrong; the message (Chinese) says what."""


class Unreadable(Exception):
    """Not of the form that was promised; the message (Chinese) says what and where."""
