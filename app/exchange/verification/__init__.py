"""Verification of one person's record or certificate (信息核验), for officers and systems of any region.

Minimum fields by purpose, each look stored before the answer leaves, "not found" and "not yours to see" one answer.
"""
