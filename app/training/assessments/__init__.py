"""Assessments (结业考核): scheduled, entered, confirmed by a second person; resits after failing or being absent."""
