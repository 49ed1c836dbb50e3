"""Public notice (公示), objections (异议) and clearance: between approval and payment everybody may look and object.

What holds it: lines exist only of approved claims and only with their notice (``publish_notice_lines``); what they
show is a whitelist with a masked name (``public_notice_line_whitelist``, ``…_masked``, ``…_name_masked``); a claim
becomes payable only after the notice's last day and without an open or upheld objection
(``claim_clearance_after_notice``), which locks the same row as objecting does.
"""
