"""Skymason: from a short service spec to production-grade infrastructure.

Everything in this package is plain Python. Only `skymason.offline`, `skymason.plan.evaluate` and
`skymason.driver` touch Pulumi, and they import it when they are called.
"""

__version__ = "0.1.0"
