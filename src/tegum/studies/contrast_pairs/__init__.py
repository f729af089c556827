"""Truth from contrast pairs without labels, and what else it may find."""
