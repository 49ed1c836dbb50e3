"""Sub-commands of ``registry``, one file each; ``app.cli`` puts them together."""
