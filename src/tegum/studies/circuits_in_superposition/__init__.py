"""Study `circuits_in_superposition`: how many small circuits can one network run at once?"""
