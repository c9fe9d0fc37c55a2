package main

const (
	// mostMoved is the largest virtual size of a transaction within the vault:
	// nodes relay no more (400,000 units of weight).
	mostMoved = 100_000

	// mostOutputs is how many outputs signers let such a transaction have.
	mostOutputs = 100
)
