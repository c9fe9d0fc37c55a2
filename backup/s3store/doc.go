// Package s3store is a store (package backup) in a bucket of an S3 service,
// over TLS, with object lock in compliance mode.
//
// What it relies on a service for is small, and Probe finds out beforehand
// whether the service does it:
//
//	PUT with x-amz-checksum-sha256     other bytes than announced are refused
//	PUT with If-None-Match: *          a name is given once
//	lock headers on PUT and multipart  nobody deletes a version before its time
//	HEAD of a version                  tells size, checksum and lock
//	listing of versions                tells what somebody put over an object
//
// What happened is judged by what the service shows afterwards, not by the codes
// of its answers, which differ: after every upload size, checksum and lock are
// read back. Keeping objects deletes nothing, but for a multipart upload that the
// same Put began and that cannot become the object: its content is another than
// announced, or somebody took the name meanwhile. The negative tests of Probe do
// try to delete, objects made for that purpose only.
//
// An upload that was interrupted is continued by the next Put of the same
// content: parts that are there with the right SHA-256 are not sent again.
package s3store
