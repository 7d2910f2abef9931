"""What the program costs: time, CPU and memory, against its own bounds and next to its peers."""
