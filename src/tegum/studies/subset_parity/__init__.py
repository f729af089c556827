"""Study `subset_parity`: how is a circuit found whose parts give no reward alone?"""
