"""The bounds in closed form that the proof uses, each derived and checked on instances.

Every module states one lemma and has two functions. `derive` repeats the derivation with SymPy,
step by step, and raises `Underived` where a step does not hold. `instances` has the statement
checked on concrete numbers, by z3 or in exact arithmetic, up to the edge where it just fails; what
fails there is checked to fail. Nothing here imports `alta` or `alta_verify`: their constants are
compared with the lemmas' in the tests.
"""
