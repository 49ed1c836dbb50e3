"""Claims (补贴申领): from filing over 受理, 补正, 审核 and 审批 to a notice of decision, and the ways against it.

What holds it: the once-only key and the yearly slot are unique indexes taken by the door ``submit_claims``
(``benefit_key_once``, ``benefit_slot_once``); each step is a row whose trigger moves the claim (``move_claim``: state,
round, permission, area, hold), so no channel writes a state; review and approval are two persons
(``claim_approval_second_person``); a machine may hold a claim, only an officer decides (``*_by_person``).
"""
