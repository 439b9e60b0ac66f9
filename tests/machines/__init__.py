"""Random histories: the engine and the model take the same commands and are compared after each."""
