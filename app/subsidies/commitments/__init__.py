"""告知承诺制 and 信用 (国办发〔2019〕24号 五(十七)): promise instead of proof, the check afterwards, credit.

What a promise changes in the verdict stands in ``entitlements.rules.commitment``. Here: the text that is signed, the
credit of whoever signs, and the check that is owed (事后核查), by somebody who did not decide the claim. A check that
fails holds what is unpaid at once; for what was paid the alarm ``claim.commitment_broken`` opens a recovery case.
"""
