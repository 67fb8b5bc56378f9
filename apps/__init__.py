"""The product made of the apps: the packages here import downward only (docs/architecture.md)."""
