"""What is in the way of a run, before one is made: settings, the way to the partner and back, clocks, secrets.

A doctor tells what the operator can mend from what the partner has to: it names causes, and judges nobody.
"""
