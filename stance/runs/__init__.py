"""What training leaves behind: run records, how they rank, and where else they are logged."""
