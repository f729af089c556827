"""Study `levers`: what makes neurons monosemantic, and what does it cost in loss?"""
