package carrier

import (
	"errors"
	"fmt"
	"image"
	"iter"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/multi/qrcode/detector"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// ErrNoCode says that an image shows no QR code that can be read.
var ErrNoCode = errors.New("want a QR code, found none that can be read")

// Scan returns the texts of the QR codes that a PNG or JPEG file shows, sorted, at
// most 32 of them: turned, tilted, mirrored or inverted. The error is ErrNoCode, or
// says why the file is no image that may be opened.
func Scan(file []byte) ([]string, error) {
	img, err := openImage(file)
	if err != nil {
		return nil, err
	}
	for view := range views(img) {
		if texts := scan(view); len(texts) > 0 {
			return texts, nil
		}
	}
	return nil, ErrNoCode
}

// views are the ways to look at an image, the likeliest first: as it is; at half its
// size; turned, since the detector fails at a few angles; and all of it inverted.
func views(img *image.Gray) iter.Seq[*image.Gray] {
	return func(yield func(*image.Gray) bool) {
		if !yield(img) {
			return
		}
		small := img
		if max(img.Rect.Dx(), img.Rect.Dy()) >= smallSide {
			if small = halved(img); !yield(small) {
				return
			}
		}
		askew := turned(small)
		_ = yield(askew) && yield(inverted(img)) && (small == img || yield(inverted(small))) && yield(inverted(askew))
	}
}

// scan looks at one image in two ways of telling black from white: by neighbours,
// for photographs, and by one threshold, for small drawings.
func scan(img *image.Gray) []string {
	src, err := gozxing.NewPlanarYUVLuminanceSource(img.Pix, img.Stride, img.Rect.Dy(), 0, 0, img.Rect.Dx(), img.Rect.Dy(), false)
	if err != nil {
		return nil // the rectangle is the image's own
	}
	for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(src), gozxing.NewGlobalHistgramBinarizer(src)} {
		bitmap, err := gozxing.NewBinaryBitmap(b)
		if err != nil {
			continue
		}
		if texts := slices.Concat(attempt(bitmap, maxCorners, several), attempt(bitmap, maxLoneCorners, single)); len(texts) > 0 {
			slices.Sort(texts)
			texts = slices.Compact(texts)
			return texts[:min(len(texts), maxTexts)]
		}
	}
	return nil
}

// finder finds codes in black and white.
type finder func(*gozxing.BitMatrix, map[gozxing.DecodeHintType]any) ([]*common.DetectorResult, error)

func several(m *gozxing.BitMatrix, hints map[gozxing.DecodeHintType]any) ([]*common.DetectorResult, error) {
	return detector.NewMultiDetector(m).DetectMulti(hints)
}

func single(m *gozxing.BitMatrix, hints map[gozxing.DecodeHintType]any) ([]*common.DetectorResult, error) {
	d, err := detector.NewMultiDetector(m).Detect(hints)
	if err != nil {
		return nil, err
	}
	return []*common.DetectorResult{d}, nil
}

// attempt finds codes and reads them. Every three corners are tried by the library,
// so an image with more than so many is given up: its callback is called for each
// new corner, and a panic is the one way out of there. The same recovery keeps an
// image that the library stumbles over from stopping all others.
func attempt(bitmap *gozxing.BinaryBitmap, corners int, find finder) (texts []string) {
	defer func() {
		if recover() != nil {
			texts = nil
		}
	}()
	matrix, err := bitmap.GetBlackMatrix()
	if err != nil {
		return nil
	}
	seen := 0
	count := gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
		if seen++; seen > corners {
			panic(fmt.Sprintf("more than %d corners", corners))
		}
	})
	hints := map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER:                 true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: count,
	}
	found, err := find(matrix, hints)
	if err != nil {
		return nil
	}
	read := decoder.NewDecoder()
	for _, f := range found {
		if r, err := read.Decode(f.GetBits(), hints); err == nil {
			texts = append(texts, r.GetText())
		}
	}
	return texts
}
