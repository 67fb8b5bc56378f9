"""What every app may use and no app owns: actors, errors, authorisation port, lifecycle port, crypto, notices.

Owns no models and no rules of the product. May be imported by every app; imports none of them.
"""
