package backup

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// locatedLines are what a certificate tells of where the stores are.
const locatedLines = `newest-record 1234
site 47.3769 8.5417
located dublin 53.3498 -6.2603 aws IE 1238 eu-west-1 24500 2449
located frankfurt 50.1109 8.6821 hetzner DE 304 none none none
`

func locatedCertificate() string {
	return strings.Replace(goldenCertificate, "newest-record 1234\n", locatedLines, 1)
}

func TestACertificateTellsWhereTheCopiesLie(t *testing.T) {
	c := mustRead(t, ParseCertificate, locatedCertificate())
	if len(c.Located) != 2 || c.Located[0].RoundTrip != 24500*time.Microsecond || c.Located[1].Region != "" || c.Origin.String() != "47.3769 8.5417" {
		t.Errorf("found %+v", c)
	}
	b, err := c.Render()
	if err != nil || string(b) != locatedCertificate() {
		t.Errorf("want the same bytes, found %v\n%s", err, b)
	}
}

func TestPlacesThatDoNotAgreeAreRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"farther than it is", " IE 1238 ", " IE 5000 ", "line 27: located: dublin: want 1238 km from the site and at most 2449 away, as its place and round trip say, found 5000 and 2449"},
		{"nearer than it is", " 304 none", " 303 none", "line 28: located: frankfurt: want 304 km from the site and at most none away, as its place and round trip say, found 303 and none"},
		{"a bound of its own", "24500 2449", "24500 99", "line 27: located: dublin: want 1238 km from the site and at most 2449 away, as its place and round trip say, found 1238 and 99"},
		{"a bound without a trip", "304 none none none", "304 none none 5", "line 28: located: frankfurt: want 304 km from the site and at most none away, as its place and round trip say, found 304 and 5"},
		{"degrees", "site 47.3769", "site 47.37690", `line 26: site: want degrees with four digits behind the point, such as -6.2603, found "47.37690"`},
		{"no stores", locatedLines[strings.Index(locatedLines, "located dublin"):], "", `line 27: want "located", found "tool"`},
		{"unsorted", "located dublin", "located zurich", "certificate: want located stores sorted, each once, found frankfurt behind zurich"},
		{"country", "hetzner DE", "hetzner de", `certificate: located frankfurt: want a jurisdiction of two capital letters, found "de"`},
		{"region", "eu-west-1", "EU", `certificate: located dublin: want a region of up to 64 lower-case letters, digits and hyphens, found "EU"`},
		{"half a trip", "24500 2449", "0 none", "line 27: want the bytes that the same meaning renders to, found others"},
	} {
		changed := strings.Replace(locatedCertificate(), c.old, c.new, 1)
		if _, err := ParseCertificate([]byte(changed)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	beyond := mustRead(t, ParseCertificate, locatedCertificate())
	beyond.Origin.Lat = 91 * locationUnit
	if _, err := beyond.Render(); err == nil || err.Error() != "certificate: site: want a place on the earth, found one beyond it" {
		t.Errorf("found %v", err)
	}
	if err := (Certificate{Origin: Location{Lat: 1}}).checkLocated(); err == nil || err.Error() != "want a site with stores, found it without" {
		t.Errorf("found %v", err)
	}
}

func TestTheCertificatesPageShowsAllOfIt(t *testing.T) {
	c := mustRead(t, ParseCertificate, locatedCertificate())
	b, err := CertificatePage{Certificate: c, Signers: c.Present, Stock: []string{"ssh-keygen -Y verify < a"}}.Render()
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("want well-formed XHTML, found %v", err)
		}
		if x, ok := token.(xml.StartElement); ok && (x.Name.Local == "script" || x.Name.Local == "a" || x.Name.Local == "img") {
			t.Errorf("want nothing that loads, runs or leads away, found <%s>", x.Name.Local)
		}
	}
	for _, want := range []string{"Passed. Level V5: restored and judged by content.", "2027-02-21T00:00:00Z", "<svg ", "dublin 1,238 km", "24.50 ms: at most 2,449 km away",
		"not measured", "4 h (RTO)", "1 h of records (RPO)", "carol, dave", "verify &lt; a", "located frankfurt 50.1109"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("want %q in the page, found it not", want)
		}
	}
	b, err = CertificatePage{Certificate: mustRead(t, ParseCertificate, goldenCertificate), Verdict: "it expired <long> ago"}.Render()
	if err != nil || !strings.Contains(string(b), "DOES NOT COUNT: it expired &lt;long&gt; ago") || strings.Contains(string(b), "<svg") {
		t.Errorf("want why it does not count, and no map of nowhere, found %v", err)
	}
	if _, err := (CertificatePage{}).Render(); err == nil {
		t.Error("want no page of no certificate, found one")
	}
}
