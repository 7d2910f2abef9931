"""Whether a machine and a project have what deployments need: one function a check, none of them changes
anything, and none goes to the network unless it is told to."""
