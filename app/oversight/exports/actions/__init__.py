"""Opening claims for audit: the access rows come first."""
