"""Reachability by value sets, position by position and Parikh vector by Parikh vector."""
