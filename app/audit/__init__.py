"""Who did what (audit events) and who looked at whom (accesses). Both commit with what they tell of."""
