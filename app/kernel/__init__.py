"""The closed list of words everything else is written in: clock, errors, identifiers, names, paging, periods.

Nothing here touches a database, the network or the web.
"""
