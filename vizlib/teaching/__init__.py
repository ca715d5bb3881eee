"""What an instructor runs: grading, and the course on stage."""
