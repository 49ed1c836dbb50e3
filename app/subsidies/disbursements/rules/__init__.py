"""Pure rules of paying out: when to ask again, what an outcome says, how far an advance may go."""
