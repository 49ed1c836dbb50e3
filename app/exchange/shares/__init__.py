"""分享: a person shows a piece of the own record to whoever holds a link, for a time, counted, taken back at will.

What is shown is the record as it stands when the link is opened: an entry revoked or corrected since says so, and what
has replaced it comes with it. Every opening is a row before the answer leaves and stands in the person's access list.
"""
