"""The dictionaries of `fit` on Gaussian samples of the same mean and covariance."""
