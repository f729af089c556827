"""One room per study: its parameters, stages, schemas, claims and figures."""
