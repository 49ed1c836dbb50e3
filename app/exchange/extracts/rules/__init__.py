"""Pure rules of issued documents: what a page says, what a credential claims, how either stands now."""
