"""The proof: every obligation of a theorem, and the procedure that decides it."""
