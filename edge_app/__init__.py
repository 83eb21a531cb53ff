"""Everything that runs on the device: reads a bundle, finds digits, says how sure it is."""
