// Package carrier takes a folder of files across the air gap as pictures: what
// a screen shows on one side, a camera sees on the other, and no stick travels.
// Files on a stick need none of it.
//
// A folder becomes one stream of bytes, the stream becomes a series of texts,
// each text becomes a QR code. Every step is a public format:
//
//   - the stream is a POSIX tar archive (ustar): sorted names, no times, no
//     owners. `tar -xf` opens it. [Unpack] takes nothing but the bytes that [Pack]
//     would write;
//
//   - the series is BBQr: the header, then base32 of the (mostly compressed)
//     stream. Any reader of BBQr joins it, as type B, binary:
//
//     B$ZB0C00FMUE4KX5…
//     B$ZB0C01P7Q2MZA6…
//
//     Z is the encoding, B the type, 0C says twelve parts in base 36, and 00 that
//     this is the first;
//
//   - a code is QR level L in alphanumeric mode, the same version for a whole
//     series: shown on a terminal ([Series.Frames]), as pictures, and as one page
//     that a browser animates ([Series.Sheet]).
//
// On the way back an [Album] takes photographs in any order, says which of them
// show no code and which parts are missing, and gives the files back.
//
// Nothing here is trusted: codes carry no signature, and a part of another series
// with the same header cannot be told by its header. [Series.Sum] is for people to
// compare on both sides, and what the files say is judged as if they had come on
// a stick. Nothing that is read is executed or written, whatever its type.
//
// Standards: BBQr (https://github.com/coinkite/BBQr/blob/master/BBQr.md), IEEE
// 1003.1 for ustar, RFC 1951 for deflate, RFC 4648 for base32, ISO/IEC 18004 for
// QR codes.
package carrier
