package carrier

const (
	// MaxStream bounds the stream in bytes, on both sides. A series carries
	// 3.4 million of them uncompressed; texts and zeros shrink to a half.
	MaxStream = 8 << 20
	// maxFiles is as many as a bundle may have.
	maxFiles = 4096
	// maxName is the room for a name in an archive's header.
	maxName = 100

	// MaxParts is the highest number of two digits in base 36.
	MaxParts = 36*36 - 1
	// maxPart is what the largest QR code holds: version 40, level L.
	maxPart = 4296
	// window is the reach of a back reference when compressing: a small device
	// has no memory for more. The standard says wbits=10.
	window = 1 << 10
	// maxRatio bounds how far a series may expand. Archives of small texts
	// expand twentyfold; deflate goes up to a thousand.
	maxRatio = 100

	// minVersion and maxVersion are those of the QR standard.
	minVersion = 1
	maxVersion = 40
	// quietZone is the border of a code in modules, as the QR standard wants.
	quietZone = 4

	// maxScale bounds the pixels of a module: the largest code stays under 3,000
	// a side.
	maxScale = 16
	// pictureScale lets a picture of the usual version fill a screen.
	pictureScale = 6

	// MaxImage bounds the file of one image in bytes: the largest that telephones
	// write are half of it.
	MaxImage = 32 << 20
	// MaxImages bounds a folder: three photographs of every part.
	MaxImages = 4096
	// maxJoined bounds the texts that are joined: every part a dozen times.
	maxJoined = 12 * MaxParts
	// maxSide and maxPixels bound an image before its pixels are decoded. Twelve
	// or twenty-four million are what telephones take unless they are asked for
	// more; decoding takes up to twelve bytes for each, 300 MB.
	maxSide   = 16_384
	maxPixels = 25_000_000
	// maxTexts bounds how many codes one image may show.
	maxTexts = 32
	// maxCorners bounds the finder patterns considered together. The detector
	// tries every three of them, and each three that may be a code is sampled:
	// these are the corners of sixteen codes.
	maxCorners = 48
	// maxLoneCorners bounds them when one code is looked for, among a patterned
	// background: ten million triples are compared, and one is sampled.
	maxLoneCorners = 400
	// smallSide is the height or width from which on an image is also tried at
	// half its size: the grain of a photographed screen vanishes there.
	smallSide = 1200
)
