package keystore

// hidden keeps a secret where printing cannot reach it. Package fmt follows a
// plain pointer when a verb does not fit ("%s" of a struct that has a seed in
// an unexported field), and Format methods are not asked there; it never looks
// behind a function.
type hidden[T any] func() *T

func hide[T any](secret *T) hidden[T] { return func() *T { return secret } }
