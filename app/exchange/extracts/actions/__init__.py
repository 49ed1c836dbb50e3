"""Acts on issued documents: issue an extract, a copy of a notice, a credential; revoke; verify."""
