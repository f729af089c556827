"""tegum as a library: what its public names do (`tegum.open`, `tegum.fit`, …)."""
