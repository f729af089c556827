"""Engineering monosemanticity in toy models (Jermyn, Schiefer and Hubinger 2022)."""
