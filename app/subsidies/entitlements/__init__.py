"""Entitlements (补贴资格): pure rules from facts to a verdict with every reason, its clause and its version."""
