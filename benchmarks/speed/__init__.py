"""What `make bench` runs: convlib against PyTorch, plain loops and the bare matrix products."""
