"""Oversight (监督): what is read across the domains to steer, to check and to report."""
