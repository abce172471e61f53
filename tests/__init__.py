"""Tests of convlib and of the course."""
