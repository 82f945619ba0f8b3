"""Languages: which locale to answer in, and the words for yes, no and numbers. Pure."""
