"""Files that come from outside: spreadsheets read behind guards, documents kept encrypted.

``tabular`` is the door for spreadsheets (sniff, guard, parse in a child process); ``store`` keeps documents
as encrypted objects under opaque ids. Nothing here knows what a roster or a record is.
"""
