package entropy

// hidden keeps a secret where printing cannot reach it: package fmt follows
// pointers, but never looks behind a function.
type hidden[T any] func() *T

func hide[T any](secret *T) hidden[T] { return func() *T { return secret } }
