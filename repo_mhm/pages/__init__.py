"""Pages made from the memory: the map of a repository for people, the section for agents."""
