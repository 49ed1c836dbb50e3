"""What a person carries away: an extract of the lifelong record, a notice on paper, a credential; and its verification.

The page is printed from ``content_sealed``, the content as of then, as often as the person asks for it. Whoever holds
the paper learns by its code how things stand now; each time stands in the person's access list.
"""
