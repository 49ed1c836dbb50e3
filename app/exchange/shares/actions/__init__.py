"""Acts on shares: create, revoke, open."""
