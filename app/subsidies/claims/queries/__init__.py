"""Reads of claims: own, an institution's, and officers' through doors that store who looked."""
