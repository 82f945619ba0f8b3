"""A helpline for migrant domestic workers; docs/design.md shows the rooms and the way of a message."""
