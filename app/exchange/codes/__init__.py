"""Codes that open something without signing in: of a shared link, of a printed document. One form, one pace."""
