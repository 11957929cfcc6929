// Package deps holds the import table of the module: which of its packages
// may import which. It has only a test.
package deps

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/hourglass-codec/hourglass"

// allowed lists, for each package, those of the module that it may import
// beside what these may import themselves: upper ones import lower ones.
// "cmd/hourglass" and the examples may import everything.
var allowed = map[string][]string{
	".":                      {"codec", "internal/container"},
	"builtin":                {".", "internal/container"},
	"internal/deps":          {},
	"internal/atomicfile":    {},
	"internal/filelock":      {},
	"internal/container":     {},
	"internal/kernel":        {},
	"internal/safetensors":   {},
	"internal/bench":         {"zoo", "dataset", "internal/kernel"},
	"entropy":                {},
	"entropy/entropytest":    {"entropy"},
	"metrics":                {},
	"runlog":                 {},
	"plot":                   {"internal/atomicfile"},
	"dataset/internal/grow":  {},
	"dataset/internal/glyph": {},
	"dataset/internal/fetch": {},
	"dataset/idx":            {"dataset/internal/grow"},
	"dataset/npy":            {"dataset/internal/grow", "internal/atomicfile"},
	"dataset":                {"dataset/idx", "dataset/internal/fetch", "dataset/internal/glyph", "internal/filelock"},
	"graph":                  {"internal/kernel"},
	"optim":                  {"graph"},
	"nn":                     {"graph", "optim", "internal/atomicfile", "internal/safetensors"},
	"codec":                  {"graph", "entropy", "internal/kernel", "internal/safetensors"},
	"rd":                     {"codec", "train", "nn", "optim", "internal/atomicfile"},
	"zoo":                    {"nn", "optim", "graph", "codec"},
	"train":                  {"zoo", "nn", "dataset", "runlog", "metrics", "internal/atomicfile", "internal/filelock", "internal/safetensors"},

	"internal/eval":                  {"dataset", "metrics", "plot", "internal/atomicfile"},
	"internal/eval/ours":             {".", "internal/eval"},
	"internal/eval/pca":              {"internal/eval", "internal/kernel"},
	"internal/eval/classical":        {"internal/eval", "internal/eval/classical/rdjpeg"},
	"internal/eval/classical/rdjpeg": {},
}

// outside lists the modules that packages other than commands, examples and
// plot may import.
var outside = map[string][]string{
	"internal/kernel":        {"golang.org/x/sys"},
	"internal/filelock":      {"golang.org/x/sys"},
	"dataset":                {"golang.org/x/image"},
	"dataset/internal/glyph": {"golang.org/x/image"},
	"plot":                   {"gonum.org/v1/plot", "golang.org/x/image", "codeberg.org/go-fonts/liberation"},

	"internal/eval/classical": {"github.com/gen2brain"},
}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	for pkg, imports := range readImports(t, root) {
		if strings.HasPrefix(pkg, "cmd/") || strings.HasPrefix(pkg, "examples/") {
			continue
		}
		if _, ok := allowed[pkg]; !ok {
			t.Errorf("package %s is not in the import table", pkg)
			continue
		}
		may := closure(pkg)
		for _, imp := range imports {
			inside, ok := strings.CutPrefix(imp, module+"/")
			if imp == module {
				inside, ok = ".", true
			}
			switch {
			case ok && !slices.Contains(may, inside):
				t.Errorf("%s must not import %s", pkg, inside)
			case !ok && strings.Contains(strings.Split(imp, "/")[0], ".") && !hasAnyPrefix(imp, outside[pkg]):
				t.Errorf("%s must not import %s", pkg, imp)
			}
		}
	}
}

// TestOpponents holds the codecs that we are compared with out of all that
// decodes images.
func TestOpponents(t *testing.T) {
	for _, pkg := range []string{".", "builtin", "codec", "entropy", "graph", "internal/container"} {
		for _, q := range closure(pkg) {
			if strings.HasPrefix(q, "internal/eval") {
				t.Errorf("%s may import %s", pkg, q)
			}
		}
	}
}

// closure lists what pkg may import, directly or through others.
func closure(pkg string) []string {
	list := slices.Clone(allowed[pkg])
	for i := 0; i < len(list); i++ {
		for _, q := range allowed[list[i]] {
			if !slices.Contains(list, q) {
				list = append(list, q)
			}
		}
	}
	return list
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return s == p || strings.HasPrefix(s, p+"/") })
}

// readImports returns the imports of each package of the module, tests left
// out.
func readImports(t *testing.T, root string) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || isModule(root, file)):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") && path.Dir(file) != "internal/deps":
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(file)
		imports[pkg] = append(imports[pkg], []string{}...)
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[pkg] = append(imports[pkg], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(imports) < 5 {
		t.Fatalf("found only %d packages", len(imports))
	}
	return imports
}

// isModule reports whether folder is the root of a nested module.
func isModule(root, folder string) bool {
	_, err := os.Stat(filepath.Join(root, folder, "go.mod"))
	return err == nil
}
