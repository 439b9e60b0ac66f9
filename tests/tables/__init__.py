"""What each rule of the contract means: input, expectation, and the rule's number in the test's name."""
