// Package posture judges where copies lie and what makes them: a bucket, the
// host of the job or the container that it runs in, and its credentials. It asks
// nobody anything: facts come in as values, from package s3store and from cmd,
// and each becomes a finding with what goes wrong otherwise and what helps.
//
//	versioning     pass          enabled
//	lifecycle      FAIL          rule "old": every copy is hidden after 30 days
//	public-list    pass          refused
//	encryption     warn          KMS: who may disable its key closes every copy
//	acl            not readable  want success, the store answered 403 AccessDenied
//
// What could not be seen is never passed: it is told as not readable, and a
// demanded finding that is not readable is as bad as one that failed.
//
// All of it is what a store and a machine say of themselves. It finds mistakes;
// that a locked object stays is tried out by package s3store (Probe), not here.
//
// Manuals: https://docs.aws.amazon.com/AmazonS3/latest/API/ (the sub-resources of
// a bucket) and /userguide/ (bucket policies, object lock, lifecycle); proc(5),
// capabilities(7), seccomp(2).
package posture
