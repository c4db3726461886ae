"""The judge: what is true of a program and a model, by running everything.

A second reading of what programs and networks mean, from the description of the language and of the
construction, in plain Python and NumPy. It shares no code with the interpreter, the JAX model, the
prover or the checker, and imports nothing of theirs, so that whoever is judged by it cannot be
right for the same wrong reason.

    text        the canonical text of a program -> `meaning.Program`
    patterns    patterns, by derivatives
    language    all inputs up to a length
    meaning     what the parts of a program mean
    running     one layer of a program after another
    formats     number formats, and sums in any order
    weights     the files of a model -> `weights.Model`
    network     one layer of a network after another
    judgement   where the two differ
"""
