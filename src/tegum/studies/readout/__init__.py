"""Study `readout`: is superposition worth anything before a linear readout, a ReLU, a softmax?"""
