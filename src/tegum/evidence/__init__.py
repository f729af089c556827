"""Evidence on a feature: what a probe reads, what never learnt shows, what an intervention does."""
