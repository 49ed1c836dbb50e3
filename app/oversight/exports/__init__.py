"""审计导出: a claim whole, with what proves it, for whoever checks it elsewhere and trusts nobody."""
