package carrier

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"path"
	"strconv"
	"strings"
)

//go:embed page.html
var page string

// PageName is the file that shows a whole series in a browser.
const PageName = "index.html"

// Sheet returns the files that show a series: a picture of each code, named
// 001-of-012.png in their order, and one page that animates them, which works from a
// folder and loads nothing. The title is for people.
func (s *Series) Sheet(title string) ([]File, error) {
	pictures, err := s.Pictures(pictureScale)
	if err != nil {
		return nil, err
	}
	width := max(3, len(strconv.Itoa(len(pictures))))
	files := make([]File, 0, len(pictures)+1)
	for i, b := range pictures {
		files = append(files, File{fmt.Sprintf("%0*d-of-%0*d.png", width, i+1, width, len(pictures)), b})
	}
	index, err := s.page(title)
	return append(files, File{PageName, index}), err
}

// page is one HTML file. Its pictures have one pixel a module; the browser enlarges
// them.
func (s *Series) page(title string) ([]byte, error) {
	pictures, err := s.Pictures(1)
	if err != nil {
		return nil, err
	}
	var codes strings.Builder
	for _, b := range pictures {
		fmt.Fprintf(&codes, "'%s',\n", base64.StdEncoding.EncodeToString(b))
	}
	filled := strings.NewReplacer("{title}", html.EscapeString(title), "{count}", strconv.Itoa(len(pictures)), "{sum}", s.Sum, "{codes}", codes.String())
	return []byte(filled.Replace(page)), nil
}

// Images says whether a folder with files of these names holds photographs or a
// sheet: images, PNG or JPEG by their endings, and at most the page of a sheet.
func Images(names []string) bool {
	images := 0
	for _, n := range names {
		switch {
		case Image(n):
			images++
		case n != PageName:
			return false
		}
	}
	return images > 0
}

// Image says whether a name ends as those of images do.
func Image(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg":
		return true
	}
	return false
}
