"""Mutation testing of the checks: small faults in the code that judges, each of which a unit test must notice."""
