"""Masking on the command line: values shown and written as keyed hashes."""

import argparse

from resolver.report import Mask


def add_masking_options(command: argparse.ArgumentParser) -> None:
    """Add the options that mask what a command shows and writes."""
    masking = command.add_argument_group("masking")
    masking.add_argument(
        "--mask", action="store_true", help="show and write identifier values as keyed hashes, equal ones alike"
    )
    masking.add_argument("--mask-refs", action="store_true", help="mask refs too; implies --mask")
    masking.add_argument(
        "--mask-key",
        metavar="FILE",
        help="a file with the key, 16 bytes or more, so that hashes are the same every time (default: a random key); "
        "implies --mask",
    )


def mask_of(options: argparse.Namespace) -> Mask | None:
    """Return the mask that the options ask for, None where they ask for none. Raises ``OSError``, ``ValueError``."""
    if options.mask_key is not None:
        return Mask.from_file(options.mask_key, refs=options.mask_refs)
    return Mask(refs=options.mask_refs) if options.mask or options.mask_refs else None
