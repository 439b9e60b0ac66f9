"""The engine beside other ways to group records: the same events, the same partition, interleaved in one process."""
