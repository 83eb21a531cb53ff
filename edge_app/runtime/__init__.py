"""Opens a bundle and turns images into predictions; all that a program of one's own needs on a device."""
