"""The gate: it reads what a run left, judges that anew, and says whether the partner may pass."""
