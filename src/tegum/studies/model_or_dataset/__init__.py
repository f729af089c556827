"""Study `model_or_dataset`: does a found feature belong to the model or to its data?"""
