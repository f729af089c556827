"""Training of ensembles: schedules, optimisers, engines, and the Lightning harness."""
