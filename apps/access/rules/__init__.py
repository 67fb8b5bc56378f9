"""Pure logic of the access model: the catalogue of operations, the built-in roles, and the compiled policy."""
