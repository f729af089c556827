"""Readers of contrast pairs, fitted and measured; rows: `MEASURES` of `probes.readers`."""
