"""What a person declares: parameters, sweeps, cells, keys, buckets. Pure: no file is opened."""
