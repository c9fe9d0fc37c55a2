package checks

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// Every exported name says what it is, beginning with itself, and every limit
// stands where limits are looked for.
func TestNamesAreExplainedAndLimitsInTheirPlace(t *testing.T) {
	expect(t, unexplainedNames(ours(t)))
}

// unexplainedNames judges every file that is not a test.
func unexplainedNames(pkgs []pkg) []string {
	var complaints []string
	for _, p := range pkgs {
		for _, f := range p.files {
			if f.test {
				continue
			}
			for _, decl := range f.ast.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					if d.Name.IsExported() && ofExported(d) {
						complaints = append(complaints, f.explained(d.Name, d.Doc)...)
					}
				case *ast.GenDecl:
					complaints = append(complaints, declared(f, d)...)
				}
			}
		}
	}
	return complaints
}

// ofExported tells whether a function is no method, or a method of a type that
// others can name.
func ofExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	of := d.Recv.List[0].Type
	for {
		switch x := of.(type) {
		case *ast.StarExpr:
			of = x.X
		case *ast.IndexExpr:
			of = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// declared judges types, constants and variables. A constant may be explained
// by the comment of its group or the one behind it.
func declared(f source, d *ast.GenDecl) []string {
	var complaints []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			doc := s.Doc
			if doc == nil {
				doc = d.Doc
			}
			if s.Name.IsExported() {
				complaints = append(complaints, f.explained(s.Name, doc)...)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil && s.Values != nil {
					complaints = append(complaints, f.at(name)+": wanted a comment, found none")
				}
				if d.Tok == token.CONST && isLimit(name.Name) && !strings.HasSuffix(f.path, "limits.go") {
					complaints = append(complaints, f.at(name)+": wanted a limit in limits.go, found it here")
				}
			}
		}
	}
	return complaints
}

// isLimit goes by the name: maxFiles, MaxFiles, max.
func isLimit(name string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(name[:1])+name[1:], "max")
	return ok && (rest == "" || rest[0] >= 'A' && rest[0] <= 'Z')
}

// explained wants a comment that begins with the name; before a type's name
// there may be an article.
func (s source) explained(name *ast.Ident, doc *ast.CommentGroup) []string {
	text := doc.Text() // nothing for no comment
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	if rest, ok := strings.CutPrefix(text, name.Name); ok && rest != "" && strings.ContainsAny(rest[:1], " \n,:") {
		return nil
	}
	return []string{s.at(name) + ": wanted a comment that begins with the name, found " + found(text)}
}

func found(text string) string {
	if text == "" {
		return "none"
	}
	return "another"
}

// at names a place: file, line, name.
func (s source) at(name *ast.Ident) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.set.Position(name.Pos()).Line, name.Name)
}

func TestNamesComplain(t *testing.T) {
	got := unexplainedNames(synthetic(t, map[string]string{
		"custody/a.go": "package custody\n\n" +
			"// Good is good.\nfunc Good() {}\n\nfunc Bare() {}\n\n// It does.\nfunc Other() {}\n\n// Goodness is not it.\nfunc Goodnes() {}\n\n" +
			"// A Kind is a kind.\ntype Kind int\n\ntype Naked int\n\nfunc (k *Kind) Method() {}\n\ntype hidden int\n\nfunc (hidden) Method() {}\n\n" +
			"// The kinds.\nconst (\n\tFirst Kind = iota + 1\n\tSecond\n)\n\nconst Alone = 1\n\nconst maxAlone = 2\n\nconst maximal = 3\n",
		"custody/limits.go": "package custody\n\n// MaxGood is good.\nconst MaxGood = 1\n",
		"custody/a_test.go": "package custody\n\nfunc Helper() {}\n\nconst maxTest = 1\n",
	}))
	expect(t, got,
		"custody/a.go:6: Bare: wanted a comment that begins with the name, found none",
		"custody/a.go:9: Other: wanted a comment that begins with the name, found another",
		"custody/a.go:12: Goodnes: wanted a comment that begins with the name, found another",
		"custody/a.go:17: Naked: wanted a comment that begins with the name, found none",
		"custody/a.go:19: Method: wanted a comment that begins with the name, found none",
		"custody/a.go:31: Alone: wanted a comment, found none",
		"custody/a.go:33: maxAlone: wanted a limit in limits.go, found it here",
	)
}
