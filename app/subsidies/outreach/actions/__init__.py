"""Acts of outreach: weigh what could be claimed, keep what a pass finds, push messages."""
