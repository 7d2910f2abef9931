"""From one command line to the spec, the application and the workflow of a new service.

Pure but for `write`: templates and the project's files are read, and nothing of Pulumi is imported.
"""
