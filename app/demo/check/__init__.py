"""The check: the main job through the public HTTP API, step by step, with every refusal that has to come."""
