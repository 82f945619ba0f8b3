"""The store: typed tables (models/), questions asked of them by noun (queries/), migrations. No business rules."""
