package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
)

// MakeFolder makes the folder dir with what fill puts into tmp, which becomes
// dir when fill returns. dir must be [Vacant]; parents are made as needed. If
// fill fails or panics, dir stays as it was and tmp is removed with all in it.
//
// tmp is a hidden folder (its name begins with a point) beside dir. That files
// in it are synced is for fill to see to: [Write] does. The error is that of
// fill or of the file system, one that wraps [fs.ErrExist] if dir is not vacant.
func MakeFolder(dir string, fill func(tmp string) error) error {
	if !Vacant(dir) {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: fs.ErrExist}
	}
	parent, base := filepath.Split(filepath.Clean(dir))
	parent = filepath.Clean(parent)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp := filepath.Join(parent, temporaryName("."+base))
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // after the rename there is none
	if err := fill(tmp); err != nil {
		return err
	}
	syncFolder(tmp)
	if Vacant(dir) {
		os.Remove(dir) // an empty folder: some systems rename to no existing one
	}
	if err := rename(tmp, dir); err != nil {
		return err
	}
	syncFolder(parent)
	return nil
}

// Vacant reports whether nothing is at path, or an empty folder.
func Vacant(path string) bool {
	entries, err := os.ReadDir(path)
	if err != nil {
		_, err := os.Lstat(path)
		return err != nil
	}
	return len(entries) == 0
}
