"""精准推送 (proactive service): who could claim and has not, by the same facts and rules as the decision.

展翅行动 makes the agency look for those who are entitled and serve them (主动服务). A pass reads the archive page
by page and keeps nothing but the page; what it finds is replaced by the next pass. Counts are open to every agency;
persons leave through a door that stores who looked (``read_proactive``).
"""
