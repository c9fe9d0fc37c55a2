package carrier_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/signer/carrier"
)

// pictures are those of a series, decoded.
func pictures(t testing.TB, s *carrier.Series, scale int) (out []image.Image) {
	t.Helper()
	files, err := s.Pictures(scale)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range files {
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, img)
	}
	return out
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shows wants one image to show exactly these texts.
func shows(t testing.TB, what string, file []byte, want ...string) {
	t.Helper()
	got, err := carrier.Scan(file)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: want %d texts, found %.60q, %v", what, len(want), got, err)
	}
}

func TestEveryVersionIsReadBack(t *testing.T) {
	for v := carrier.Version(1); v <= 40; v++ {
		s := split(t, noise(2000), carrier.Binary, carrier.Base32, v)
		if s.Version > v {
			t.Errorf("version %d: found version %d", v, s.Version)
		}
		shows(t, fmt.Sprintf("version %d", s.Version), asPNG(t, pictures(t, s, 3)[0]), s.Parts[0])
	}
	full := split(t, noise(2680*3), carrier.Binary, carrier.Base32, 40)
	for scale := range 4 {
		if scale > 0 {
			shows(t, fmt.Sprintf("version 40, %d pixels a module", scale), asPNG(t, pictures(t, full, scale)[1]), full.Parts[1])
		}
	}
	for _, scale := range []int{0, 17} {
		want := fmt.Sprintf("pictures: want 1 to 16 pixels a module, found %d", scale)
		if _, err := full.Pictures(scale); err == nil || err.Error() != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}

// Twenty kilobytes of noise and a small folder cross as pictures, in reverse.
func TestAFolderCrossesAsPictures(t *testing.T) {
	files := append(folder(), carrier.File{Name: "signer-a.entries", Bytes: noise(20_000)})
	s, err := carrier.Codes(files, carrier.Usual)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := s.Sheet("bundle <b>")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Parts); len(sheet) != n+1 || sheet[0].Name != fmt.Sprintf("001-of-%03d.png", n) || sheet[n].Name != carrier.PageName {
		t.Fatalf("want %d pictures and a page, found %d, %s first", n, len(sheet), sheet[0].Name)
	}
	var a carrier.Album
	for _, f := range slices.Backward(sheet[:len(sheet)-1]) {
		a.Add(f.Name, f.Bytes)
	}
	a.Add("cat.jpg", asJPEG(t, image.NewGray(image.Rect(0, 0, 100, 80)), 80))
	a.Add("notes.png", []byte("my notes"))
	other := split(t, []byte("x"), carrier.Unicode, carrier.Hex, 1)
	other.Parts[0] = "HTTP://EXAMPLE.ORG"
	a.Add("poster.png", asPNG(t, pictures(t, other, 4)[0]))
	back, sum, err := a.Files()
	if err != nil {
		t.Fatal(err)
	}
	if sum != s.Sum || !bytes.Equal(pack(t, back), pack(t, files)) {
		t.Errorf("want the same folder, found another")
	}
	want := []string{"cat.jpg: want a QR code, found none that can be read", "notes.png: want a PNG or JPEG image, found something else",
		"poster.png: want a QR code of a series, found another"}
	if got := a.Notes(); !slices.Equal(got, want) {
		t.Errorf("notes:\nwant %q\nfound %q", want, got)
	}
	t.Logf("%d files, %d codes of version %d", len(files), len(s.Parts), s.Version)
}

func TestAnAlbumOfSomethingElseIsRefused(t *testing.T) {
	for what, c := range map[string]struct {
		s    *carrier.Series
		want string
	}{
		"a transaction": {split(t, []byte("psbt\xff"), carrier.PSBT, carrier.Shortest, 9), `codes: want a folder, type 'B', found type 'P'`},
		"a program":     {split(t, []byte("\x7fELF"), carrier.Executable, carrier.Shortest, 9), `codes: want a folder, type 'B', found type 'X'`},
		"no archive":    {split(t, []byte("text"), carrier.Binary, carrier.Shortest, 9), "stream: want at most 8388608 bytes in blocks of 512, found 4"},
	} {
		var a carrier.Album
		a.Add("1.png", asPNG(t, pictures(t, c.s, 4)[0]))
		if _, _, err := a.Files(); err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
	var none carrier.Album
	if _, _, err := none.Files(); err == nil || err.Error() != "codes: want 1 to 15540, found 0" {
		t.Errorf("found %v", err)
	}
}

// drawn puts an image on a gray table of that size: turned by so many degrees about
// its middle, enlarged, and tilted a little, as a camera held by hand sees it.
func drawn(img image.Image, width, height int, degrees, scale, tilt float64) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	b := img.Bounds()
	for y := range height {
		for x := range width {
			dx, dy := float64(x-width/2), float64(y-height/2)
			depth := (1 + tilt*dx/float64(width)) / scale
			u, v := (cos*dx+sin*dy)*depth+float64(b.Dx())/2, (cos*dy-sin*dx)*depth+float64(b.Dy())/2
			c := color.Color(color.Gray{Y: 150})
			if u >= 0 && v >= 0 && u < float64(b.Dx()) && v < float64(b.Dy()) {
				c = img.At(int(u), int(v))
			}
			out.Set(x, y, c)
		}
	}
	return out
}

func TestPhotographsAreRead(t *testing.T) {
	s := split(t, noise(1200), carrier.Binary, carrier.Base32, 20)
	img := pictures(t, s, 4)[0]
	want := s.Parts[0]
	for _, degrees := range []float64{0, 90, 180, 270, 7, 33, 200} {
		shows(t, fmt.Sprintf("turned by %v", degrees), asJPEG(t, drawn(img, 1000, 900, degrees, 1.2, 0), 70), want)
	}
	shows(t, "tilted", asJPEG(t, drawn(img, 1000, 900, 5, 1.2, 0.15), 80), want)
	shows(t, "of four million pixels", asJPEG(t, drawn(img, 2400, 1800, 3, 3.5, 0.05), 80), want)
	for _, turned := range []float64{0, 90, 45} {
		shows(t, fmt.Sprintf("inverted, turned by %v", turned), asPNG(t, negative(drawn(img, 1000, 900, turned, 1.2, 0))), want)
	}
	mirrored := image.NewRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			mirrored.Set(img.Bounds().Dx()-1-x, y, img.At(x, y))
		}
	}
	shows(t, "mirrored", asPNG(t, mirrored), want)
	clear := image.NewNRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r == 0 {
				clear.Set(x, y, color.Black)
			}
		}
	}
	shows(t, "transparent where it is white", asPNG(t, clear), want)
}

func negative(img *image.RGBA) *image.RGBA {
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = 255 - img.Pix[i]
		}
	}
	return img
}

func TestSeveralCodesOnOneImageAreRead(t *testing.T) {
	s := split(t, noise(2000), carrier.Binary, carrier.Base32, 9)
	imgs := pictures(t, s, 4)[:6]
	b := imgs[0].Bounds()
	sheet := image.NewGray(image.Rect(0, 0, 3*b.Dx(), 2*b.Dy()))
	for i, img := range imgs {
		draw.Draw(sheet, b.Add(image.Pt(i%3*b.Dx(), i/3*b.Dy())), img, image.Point{}, draw.Src)
	}
	shows(t, "six", asPNG(t, sheet), s.Parts[:6]...)
}

// A small file that claims a huge image costs nothing: its pixels are not decoded.
func TestAHugeImageIsNotDecoded(t *testing.T) {
	claim := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	for what, c := range map[string]struct {
		file []byte
		want string
	}{
		"wide":        {resized(claim, 60_000, 10), "want an image of at most 25000000 pixels, 16384 a side, found 60000 by 10"},
		"high":        {resized(claim, 10, 16_385), "want an image of at most 25000000 pixels, 16384 a side, found 10 by 16385"},
		"large":       {resized(claim, 10_000, 2_501), "want an image of at most 25000000 pixels, 16384 a side, found 10000 by 2501"},
		"a long file": {make([]byte, carrier.MaxImage+1), "want an image of at most 33554432 bytes, found 33554433"},
		"cut short":   {claim[:40], "want an image, found a broken one: unexpected EOF"},
		"a header":    {claim[:20], "want an image, found a broken one: unexpected EOF"},
		"a GIF":       {[]byte("GIF89a"), "want a PNG or JPEG image, found something else"},
		"nothing":     {nil, "want a PNG or JPEG image, found something else"},
		"a dot":       {claim, "want a QR code, found none that can be read"},
	} {
		if _, err := carrier.Scan(c.file); err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
	if _, err := carrier.Scan(claim); !errors.Is(err, carrier.ErrNoCode) {
		t.Errorf("want ErrNoCode, found %v", err)
	}
}

// A pattern full of corners would keep the detector busy for hours.
func TestAWallOfCornersIsGivenUp(t *testing.T) {
	corner := pictures(t, split(t, []byte("x"), carrier.Unicode, carrier.Hex, 1), 3)[0].(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rect(3*3, 3*3, 3*12, 3*12))
	wall := image.NewGray(image.Rect(0, 0, 1500, 1500))
	for y := 0; y < 1500; y += 27 {
		for x := 0; x < 1500; x += 27 {
			draw.Draw(wall, image.Rect(x, y, x+27, y+27), corner, corner.Bounds().Min, draw.Src)
		}
	}
	start := time.Now()
	if _, err := carrier.Scan(asPNG(t, wall)); !errors.Is(err, carrier.ErrNoCode) {
		t.Errorf("want ErrNoCode, found %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("want an answer soon, found it after %v", took)
	}
}

// A frame of the narrow version stands on a terminal of 80 by 24 with a line to
// spare, and is the code.
func TestFramesFitATerminal(t *testing.T) {
	s := split(t, noise(500), carrier.Binary, carrier.Base32, carrier.Narrow)
	frames, err := s.Frames()
	if err != nil || len(frames) != len(s.Parts) {
		t.Fatalf("want %d frames, found %d, %v", len(s.Parts), len(frames), err)
	}
	for i, f := range frames {
		lines := strings.Split(strings.TrimSuffix(f, "\n"), "\n")
		if len(lines) != 23 {
			t.Errorf("frame %d: want 23 lines, found %d", i, len(lines))
		}
		shows(t, fmt.Sprintf("frame %d", i), asPNG(t, typed(t, lines)), s.Parts[i])
	}
}

// typed draws what a terminal would show.
func typed(t *testing.T, lines []string) image.Image {
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, 80*scale, 48*scale))
	for y, line := range lines {
		line, whole := strings.CutPrefix(line, "\x1b[97;40m")
		line, ends := strings.CutSuffix(line, "\x1b[0m")
		if cells := []rune(line); !whole || !ends || len(cells) != 45 {
			t.Fatalf("line %d: want 45 characters in white on black, found %d", y, len(cells))
		}
		for x, r := range []rune(line) {
			at := image.Rect(x*scale, 2*y*scale, (x+1)*scale, (2*y+1)*scale)
			if r == '█' || r == '▀' {
				draw.Draw(img, at, image.White, image.Point{}, draw.Src)
			}
			if r == '█' || r == '▄' {
				draw.Draw(img, at.Add(image.Pt(0, scale)), image.White, image.Point{}, draw.Src)
			}
		}
	}
	return img
}

func TestTheVersionFitsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		columns, rows int
		want          carrier.Version
	}{{80, 24, 5}, {45, 24, 5}, {44, 24, 5}, {20, 5, 5}, {0, 0, 5}, {80, 43, 13}, {200, 50, 18}, {200, 49, 17}, {60, 100, 8}, {400, 200, 27}} {
		got := carrier.Fitting(c.columns, c.rows)
		if got != c.want {
			t.Errorf("%d by %d: want version %d, found %d", c.columns, c.rows, c.want, got)
		}
		if side := got.Side() + 8; got > carrier.Narrow && (side > c.columns || (side+1)/2 > c.rows-1) {
			t.Errorf("%d by %d: version %d does not fit", c.columns, c.rows, got)
		}
	}
}

// The page works from a folder, without a network, and says nothing that its
// title's author could make it say.
func TestThePageLoadsNothing(t *testing.T) {
	s, err := carrier.Codes(folder(), carrier.Usual)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := s.Sheet(`bundle <script>alert("x")</script> {sum}`)
	if err != nil {
		t.Fatal(err)
	}
	page := string(sheet[len(sheet)-1].Bytes)
	for _, want := range []string{"<title>bundle &lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; {sum}</title>", "default-src 'none'", "SHA-256 <code>" + s.Sum + "</code>"} {
		if !strings.Contains(page, want) {
			t.Errorf("want %s in the page, found none", want)
		}
	}
	for _, no := range []string{"http:", "https:", " src=", "href", "@import", "url(", "<link", "{codes}", "{count}"} {
		if strings.Contains(page, no) {
			t.Errorf("want no %s in the page, found one", no)
		}
	}
	if got, want := strings.Count(page, "\n'iVBOR"), len(s.Parts); got != want {
		t.Errorf("want %d pictures in the page, found %d", want, got)
	}
}

func TestAFolderOfImagesIsToldByItsNames(t *testing.T) {
	for what, c := range map[string]struct {
		names []string
		want  bool
	}{
		"photographs":      {[]string{"IMG_0001.JPG", "b.jpeg"}, true},
		"a sheet":          {[]string{"001-of-001.png", "index.html"}, true},
		"a page alone":     {[]string{"index.html"}, false},
		"nothing":          {nil, false},
		"a bundle":         {[]string{"headers.bin", "policy-1.txt"}, false},
		"one file of both": {[]string{"a.png", "headers.bin"}, false},
		"another page":     {[]string{"a.png", "x.html"}, false},
	} {
		if got := carrier.Images(c.names); got != c.want {
			t.Errorf("%s: want %v, found %v", what, c.want, got)
		}
	}
}

// No file makes Scan fall over or return more than it may.
func FuzzScan(f *testing.F) {
	s := split(f, []byte("x"), carrier.Unicode, carrier.Hex, 1)
	f.Add(asPNG(f, pictures(f, s, 2)[0]))
	f.Add(asJPEG(f, pictures(f, s, 2)[0], 50))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && c.Width*c.Height > 1<<20 {
			return // too slow to learn from
		}
		texts, err := carrier.Scan(file)
		if (err == nil) != (len(texts) > 0) || len(texts) > 32 {
			t.Fatalf("want 1 to 32 texts or an error, found %d, %v", len(texts), err)
		}
	})
}

// resized makes a PNG claim another size, with a header that is right.
func resized(file []byte, width, height uint32) []byte {
	b := bytes.Clone(file)
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}
