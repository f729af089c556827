"""Study `sparse_training`: do sparse weights give monosemantic neurons, and at what loss?"""
