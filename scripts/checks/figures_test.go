package checks

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// longFunction is where a function is worth a second look.
const longFunction = 60

// TestFigures prints what scripts/figures.sh shows. It never fails: figures
// are to be looked at.
func TestFigures(t *testing.T) {
	t.Log(figures(ours(t)))
}

func figures(pkgs []pkg) string {
	var code, tests, functions []int
	var longest, long []string
	total := 0
	for _, p := range pkgs {
		for _, f := range p.files {
			if f.test {
				tests = append(tests, f.lines)
				continue
			}
			code = append(code, f.lines)
			longest = append(longest, fmt.Sprintf("%5d %s", f.lines, f.path))
			for _, decl := range f.ast.Decls {
				fn, ok := decl.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					continue
				}
				n := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1
				functions = append(functions, n)
				total += n
				if n > longFunction {
					long = append(long, fmt.Sprintf("%s:%d %s, %d lines", f.path, f.set.Position(fn.Pos()).Line, fn.Name.Name, n))
				}
			}
		}
	}
	slices.Sort(code)
	slices.Sort(longest)
	slices.Reverse(longest)
	n := max(1, len(functions))
	var b strings.Builder
	fmt.Fprintf(&b, "packages %d · files %d (median %d lines, longest %d) · test lines per line %.2f\n",
		len(pkgs), len(code), code[len(code)/2], code[len(code)-1], float64(sum(tests))/float64(max(1, sum(code))))
	fmt.Fprintf(&b, "functions %d (mean %.1f lines, aim under 20) · over %d lines %d (%.1f %%, aim under 5)\n",
		len(functions), float64(total)/float64(n), longFunction, len(long), 100*float64(len(long))/float64(n))
	fmt.Fprintf(&b, "longest files:\n%s\n", strings.Join(longest[:min(5, len(longest))], "\n"))
	fmt.Fprintf(&b, "long functions:\n%s", strings.Join(long, "\n"))
	return b.String()
}

func sum(ns []int) int {
	s := 0
	for _, n := range ns {
		s += n
	}
	return s
}
