package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "result.txt")
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, "all of it")
		return err
	})
	fmt.Println(err)
	err = atomicfile.Write(path, func(w io.Writer) error {
		fmt.Fprintln(w, "half of")
		return errors.New("no more room")
	})
	fmt.Println(err)
	text, err := os.ReadFile(path)
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// <nil>
	// no more room
	// all of it
	// <nil>
}
