"""Study `attention_bigrams`: how many skip-bigrams does one attention score matrix hold?"""
