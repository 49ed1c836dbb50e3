"""Code lists: divisions, occupations, skill levels, key groups, training kinds, working days; all
asked as of a day.
"""
