"""Real records with a known truth, replayed and checked against the slow model."""
