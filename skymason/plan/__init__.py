"""Plan: the one type that everything which looks at infrastructure reads."""
