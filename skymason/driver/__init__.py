"""Deploys a stack: with the Pulumi CLI through the Automation API, or in process where there is none."""
