"""Campaigns: thousands of models and programs, judged by the verifier and by running everything.

Each is a command, with a table of what came out, and a test that runs it with a fixed seed:

    python -m tests.campaigns.mutants --seed 0 --count 5000
    python -m tests.campaigns.random_pairs --seed 0 --count 5000
    python -m tests.campaigns.faults
    python -m tests.campaigns.verdicts --seed 0 --count 5000
    python -m tests.campaigns.unbounded --seed 0 --count 3000
    python -m tests.campaigns.certificates --seed 0 --count 20000
"""
