package ceremony

import (
	"image"
	"image/color"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
)

// codesOf draws the codes of a page and reads them as a telephone does.
func codesOf(t *testing.T, page []byte) []string {
	t.Helper()
	var out []string
	run := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	for _, m := range regexp.MustCompile(`<svg viewBox="0 0 (\d+) (\d+)" [^>]*><path d="([^"]*)"/>`).FindAllStringSubmatch(string(page), -1) {
		side, _ := strconv.Atoi(m[1])
		const scale = 4
		img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
		for i := range img.Pix {
			img.Pix[i] = 255
		}
		for _, r := range run.FindAllStringSubmatch(m[3], -1) {
			x, _ := strconv.Atoi(r[1])
			y, _ := strconv.Atoi(r[2])
			n, _ := strconv.Atoi(r[3])
			for dy := range scale {
				for dx := range n * scale {
					img.SetGray(x*scale+dx, y*scale+dy, color.Gray{})
				}
			}
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil {
			t.Fatalf("code %d of %d modules: %v", len(out)+1, side, err)
		}
		out = append(out, read.GetText())
	}
	return out
}

func pages(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	keep := func(name string, b []byte, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b
	}
	for _, what := range kinds() {
		p := planOf(t, what)
		b, err := PrintScript(p)
		keep(what.String()+" script", b, err)
		b, err = PrintTranscript(followed(t, p), p, Signatures{})
		keep(what.String()+" transcript", b, err)
	}
	b, err := PrintShare(shareSheet(t, record.SealPassphrase))
	keep("share", b, err)
	b, err = PrintShareInClear(shareSheet(t, record.SealPassphrase), shareWords(t))
	keep("share in words", b, err)
	b, err = PrintDescriptor("acme-treasury", "main", wallet(t, 3))
	keep("descriptor", b, err)
	return out
}

// A page that loads or runs something would be a way out of the room.
func TestPagesLoadAndRunNothing(t *testing.T) {
	all := pages(t)
	for name, b := range all {
		s := string(b)
		for _, bad := range []string{"<script", "src=", "href=", "url(", "@import", "http:", "https:", "<iframe", "<link", " on"} {
			if strings.Contains(tagsOf(s), bad) {
				t.Errorf("%s: found %q in a tag", name, bad)
			}
		}
		if !strings.Contains(s, "default-src 'none'") || !strings.HasPrefix(s, "<!DOCTYPE html>\n") || !strings.HasSuffix(s, "</body></html>\n") {
			t.Errorf("%s: want a whole page that forbids loading, found another", name)
		}
		for _, tag := range []string{"table", "tr", "td", "th", "div", "p", "pre", "code", "figure", "b", "h2", "ol", "li"} {
			open, closed := len(regexp.MustCompile("<"+tag+"[ >]").FindAllString(s, -1)), strings.Count(s, "</"+tag+">")
			if open != closed {
				t.Errorf("%s: want every %s closed, found %d and %d", name, tag, open, closed)
			}
		}
	}
	if len(all) != 13 {
		t.Errorf("want 13 pages, found %d", len(all))
	}
}

func tagsOf(s string) string {
	return strings.Join(regexp.MustCompile(`<[^>]*>`).FindAllString(s, -1), "")
}

func TestNamesCannotBreakAPage(t *testing.T) {
	p := planOf(t, Make)
	p.People[1].Name = `Alice "</td><script>alert(1)</script>`
	p.Equipment[1].Text = `<img src=x onerror=alert(1)>&amp;`
	b, err := PrintScript(p)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(tagsOf(string(b)), "script") || strings.Contains(tagsOf(string(b)), "<img") {
		t.Error("want names escaped, found a tag of theirs")
	}
	for _, want := range []string{"Alice &#34;&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;img src=x onerror=alert(1)&gt;&amp;amp;"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("want %q on the page, found it not there", want)
		}
	}
}

func TestTestChainsAreMarked(t *testing.T) {
	p := planOf(t, Make)
	p.Chain = custody.Regtest
	s := shareSheet(t, record.SealPassphrase)
	for _, c := range []custody.Network{custody.Mainnet, custody.Signet} {
		p.Chain, s.Chain = c, c
		script, err := PrintScript(p)
		account, err2 := PrintTranscript(followed(t, p), p, Signatures{})
		sheet, err3 := PrintShare(s)
		if err != nil || err2 != nil || err3 != nil {
			t.Fatal(err, err2, err3)
		}
		for _, b := range [][]byte{script, account, sheet} {
			if strings.Contains(string(b), "TEST: ") != c.Test() {
				t.Errorf("%s: want TEST on pages of test chains only", c)
			}
		}
	}
}

func TestPrintedScriptHoldsEveryStep(t *testing.T) {
	p := planOf(t, Make)
	p.Allows = []policy.Allowance{policy.AllowFiles}
	b, err := PrintScript(p)
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	steps, err := Script(p)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, x := range steps {
		title := strings.ToUpper(x.Title[:1]) + x.Title[1:] + "."
		i := strings.Index(s[at:], title)
		if i < 0 {
			t.Fatalf("want step %d behind the one before it, found it not there: %s", x.Number, title)
		}
		at += i
	}
	for _, want := range []string{">rules left out<", ">files<", "site oslo: want 2 groups left", "Lenovo X230, serial R9-XK123, no radio, no disk", "Olga Ohm (olga), regulator", ">observer<"} {
		if !strings.Contains(s, want) {
			t.Errorf("want %q on the page, found it not there", want)
		}
	}
}

func TestPrintedTranscriptSaysWhatIsWrong(t *testing.T) {
	p := planOf(t, Make)
	x := followed(t, p)
	x.Steps = slices.Delete(x.Steps, 5, 6)
	x.Exceptions = []Entry{{7, x.Steps[5].Time, "wendy", "the light went out"}}
	signed, err := Signed(x, p, [][]byte{sign(t, "bob", Act, signedBytes(t, x))})
	if err != nil {
		t.Fatal(err)
	}
	b, err := PrintTranscript(x, p, signed)
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for _, want := range []string{`<p class="mark">CER-STEP: step 6: want it done or an exception`, "the light went out", handOf(t, "bob").Key().Fingerprint(), "CH 004107", hashOf("share of frank").String()} {
		if !strings.Contains(s, want) {
			t.Errorf("want %q on the page, found it not there", want)
		}
	}
	if n := strings.Count(s, "NOT SIGNED"); n != 8 {
		t.Errorf("want 8 people who have not signed, found %d", n)
	}
	if _, err := PrintTranscript(Transcript{}, p, signed); err == nil {
		t.Error("want no page of no transcript, found one")
	}
}

func TestDescriptorSheetScansAsTheDescriptor(t *testing.T) {
	for _, n := range []int{2, 3, 15} {
		d := wallet(t, n)
		b, err := PrintDescriptor("acme-treasury", "main", d)
		if err != nil {
			t.Fatal(err)
		}
		if codes := codesOf(t, b); len(codes) != 1 || codes[0] != d.String() {
			t.Errorf("%d keys: want the descriptor in one code, found %d codes", n, len(codes))
		}
		first, err := d.Derive(custody.Receive, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{first.Address(d.Network()).String(), d.Keys()[n-1].Origin().String(), "TEST: testnet"} {
			if !strings.Contains(string(b), want) {
				t.Errorf("%d keys: want %s on the page, found it not there", n, want)
			}
		}
	}
	if _, err := PrintDescriptor("a", "b", nil); err == nil || err.Error() != "descriptor sheet: want a descriptor, found none" {
		t.Errorf("found %v", err)
	}
}
