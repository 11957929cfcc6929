package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fill makes a file "a" in tmp.
func fill(tmp string) error { return Write(filepath.Join(tmp, "a"), put("text")) }

func TestMakeFolder(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		empty      bool // there is an empty folder
	}{
		{"new", "out", false},
		{"over an empty one", "out", true},
		{"with parents", "deep/er/out", false},
		{"with a slash at the end", "out/", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			dir := root + "/" + tt.path
			if tt.empty {
				if err := os.Mkdir(dir, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			if err := MakeFolder(dir, fill); err != nil {
				t.Fatal(err)
			}
			expect(t, dir, "a", "text")
			if got := names(t, filepath.Dir(filepath.Clean(dir))); !slices.Equal(got, []string{"out"}) {
				t.Errorf("beside it: %q", got)
			}
		})
	}
}

func TestMakeFolderHere(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := MakeFolder("out", fill); err != nil {
		t.Fatal(err)
	}
	expect(t, "out", "a", "text")
}

func TestMakeFolderFails(t *testing.T) {
	full := errors.New("full")
	for name, fail := range map[string]func(tmp string) error{
		"error": func(string) error { return full },
		"panic": func(string) error { panic(full) },
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			err := recovered(func() error {
				return MakeFolder(filepath.Join(root, "out"), func(tmp string) error {
					if got := names(t, root); len(got) != 1 || !strings.HasPrefix(got[0], ".out.") {
						t.Errorf("while it is filled: %q", got)
					}
					return errors.Join(fill(tmp), fail(tmp))
				})
			})
			if !errors.Is(err, full) {
				t.Errorf("error %v", err)
			}
			if got := names(t, root); len(got) != 0 {
				t.Errorf("%q is left", got)
			}
		})
	}
}

// TestMakeFolderOccupied has something in the folder's place before it is
// filled, or only afterwards.
func TestMakeFolderOccupied(t *testing.T) {
	occupy := map[string]func(path string) error{
		"by a file": func(path string) error { return os.WriteFile(path, []byte("other"), 0o666) },
		"by a folder with a file": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o777), os.WriteFile(filepath.Join(path, "b"), []byte("other"), 0o666))
		},
	}
	for name, occupy := range occupy {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "out")
			if err := MakeFolder(dir, func(tmp string) error { return errors.Join(fill(tmp), occupy(dir)) }); err == nil {
				t.Error("no error though something came in between")
			}
			err := MakeFolder(dir, func(string) error {
				t.Error("filled in vain")
				return nil
			})
			if !errors.Is(err, fs.ErrExist) {
				t.Errorf("error %v", err)
			}
			if got := names(t, root); !slices.Equal(got, []string{"out"}) {
				t.Errorf("the folder holds %q", got)
			}
			if info, err := os.Stat(dir); err != nil {
				t.Error(err)
			} else if info.IsDir() {
				expect(t, dir, "b", "other")
			} else {
				expect(t, root, "out", "other")
			}
		})
	}
}
