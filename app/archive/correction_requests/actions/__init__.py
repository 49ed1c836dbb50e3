"""Acts on correction requests: file, answer, escalate."""
