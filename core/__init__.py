"""The ground floor: settings, database, outbox, jobs, refusals, keys, limits."""
