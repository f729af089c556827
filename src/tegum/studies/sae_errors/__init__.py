"""Study `sae_errors`: why do errors of dictionaries change outputs more than random vectors?"""
