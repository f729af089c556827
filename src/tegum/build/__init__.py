"""From parameters to files: plans, stages, records, and what Snakemake and DVC are told."""
