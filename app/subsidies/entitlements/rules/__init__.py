"""Pure rules of every subsidy: ``evaluate(facts)`` gives the verdict; one module per kind of benefit."""
