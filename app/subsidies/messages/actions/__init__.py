"""Acts around messages: make them from requests, lease and settle deliveries, name and end an address."""
