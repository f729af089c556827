"""Study `real_steering`: does the direction that reads a sentiment steer it, in a real model?"""
