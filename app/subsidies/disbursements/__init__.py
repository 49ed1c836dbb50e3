"""Paying out (拨付): budgets and ledger, payment orders, instructions to the bank, reconciliation, advances (预拨).

Source: 人社部发〔2017〕40号 二(三) (straight to the applicant's own account); 国办发〔2019〕24号 四(十二) (advances).
"""
