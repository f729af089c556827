"""Study `boolean_gates`: how many gates of sparse bits does a layer of ReLU neurons compute?"""
