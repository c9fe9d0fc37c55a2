// Package checks holds the rules of the house as tests, and nothing else: the
// arrows between packages, the doors by which the world may enter, words and
// paths that no file may hold, and a reason for each dependency. A rule is a
// pure function over a tree of files, so that each also has tests which feed
// it a wrong tree and see it complain. The tests read the files in their own
// process: a list made by another program could come out of the test cache.
package checks
