"""What waits in an office: counts by task and age, appeals and holds that are open."""
