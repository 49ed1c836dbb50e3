"""Employers' listings (用人单位名单): who was apprenticed in a year, trained on the job in a month, or retained.

What holds it: ``employer_listing_line_filed_together`` (nobody is slipped into a listing that was read),
``employer_listing_decider_is_person``, ``record_entry_listing_fkey`` (an entry rests on a confirmed listing), and the
doors of migration 0022, through which alone officers read lines and decide.
"""
