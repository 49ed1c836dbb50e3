"""统计 (statistics): what was done, by month, area, kind and institution.

A job counts each month from the append-only tables of the acts themselves (``counting``) into a few rows a division;
pages and answers read only those, so their time does not grow with the archive. An act counts in the month in which it
was recorded: a correction or a recovery is an act of its own, counts when it is made, and changes no earlier month. A
month that was counted after its end stays as it is, and so does a report made of it.
"""
