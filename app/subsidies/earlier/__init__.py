"""Benefits paid before the registry (存量补贴): they hold their once-only keys and yearly places, and are no payments.

Without them "once for life" (国办发〔2019〕24号 四(十二)) would be untrue on the first day. What holds it:
``benefit_key_once``, ``benefit_key_only_claims_end`` (what was paid is never given back), ``earlier_import_file_key``
and the door of migration 0022.
"""
