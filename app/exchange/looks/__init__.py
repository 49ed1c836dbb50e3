"""谁查过我: every look at a person, of agencies, of holders of a link and of whoever verified a printed document."""
