"""Signing in, users, organisations and teams over REST."""
