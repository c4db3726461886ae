"""The search for counterexamples; nothing here can make a false claim PROVED."""
