"""Exchange (跨地区核验与共享): what leaves to other agencies, other registries and whoever the citizen shares with."""
