"""Collisions (重复享受): two persons who turned out to be one both hold the same benefit, or too many in a year.

What holds it: ``merge_collision_once``, the triggers of migration 0022 by which a merge copies keys and places and
finds what collides, and ``claim_is_held`` (0018): nothing of either person is paid until an officer has decided.
"""
