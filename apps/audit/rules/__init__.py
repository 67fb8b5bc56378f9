"""What an entry's hash covers, how entries are found by words, and how they are written down elsewhere. Pure."""
