"""The check itself: one consistent picture, part by part, as a stream."""

from app.oversight.checker.queries.differences import Progress, differences, part_counts, place_of

__all__ = ["Progress", "differences", "part_counts", "place_of"]
