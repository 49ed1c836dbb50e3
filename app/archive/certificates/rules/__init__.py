"""Pure rules of certificates. Formats of numbers: ``numbers`` (verdicts), ``forms`` (layouts), ``readings`` (words)."""
