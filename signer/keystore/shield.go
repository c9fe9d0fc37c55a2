package keystore

// shielded runs f so that registers, stack and, in time, memory that it used are
// erased, where the build has the means (GOEXPERIMENT=runtimesecret); elsewhere it
// runs f. It covers nothing that f starts on other goroutines.
func shielded[T any](f func() (T, error)) (out T, err error) {
	shield(func() { out, err = f() })
	return out, err
}
