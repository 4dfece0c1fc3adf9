"""Tests of the judges, a file for each chapter of the requirements."""
