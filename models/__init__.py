"""Tables and named queries; no Prefect, no network."""
