"""Course openings (开班备案): drafting with all parts, filing, return or record, changes after filing."""
