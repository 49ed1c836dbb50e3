"""Oversight: inspections, the checker that derives decisions again, and what an auditor may carry away."""
