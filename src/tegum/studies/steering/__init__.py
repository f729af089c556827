"""Study `steering`: is the best probe the best steering vector?"""
