"""Acts of public notice: publish, object, decide on objections, clear; and noting what is overdue."""
