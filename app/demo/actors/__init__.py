"""Who acts in the demo, one module each: what they do, as requests to the public API."""
