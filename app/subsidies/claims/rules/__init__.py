"""Pure rules of claims: who pays, until when, what a refusal says, and what stands against each step."""
