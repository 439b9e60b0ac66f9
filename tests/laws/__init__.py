"""What holds for every input: idempotence, conservation, order, and agreement with an oracle."""
