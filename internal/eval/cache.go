package eval

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

// Cache keeps points in a JSON file, so that slow opponents are measured once.
// A point is found again for the same images, codec, version and setting. Its
// times are those of when it was measured.
type Cache struct {
	path    string
	entries []cached
}

type cached struct {
	Images  string `json:"images"` // see Fingerprint
	Codec   string `json:"codec"`
	Version string `json:"version"`
	Point   Point  `json:"point"`
}

// OpenCache reads the cache at path, which need not exist yet.
func OpenCache(path string) (*Cache, error) {
	c := &Cache{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &c.entries); err != nil {
		return nil, fmt.Errorf("%s is not a cache of measurements (%w): delete it to measure anew", path, err)
	}
	return c, nil
}

// find looks a point up; a nil Cache has none.
func (c *Cache) find(images string, codec Info, s Setting) (Point, bool) {
	if c == nil {
		return Point{}, false
	}
	for _, e := range c.entries {
		if e.Images == images && e.Codec == codec.Name && e.Version == codec.Version && e.Point.Setting == s {
			return e.Point, true
		}
	}
	return Point{}, false
}

// add keeps a point and writes the file. Points without a version are not
// kept, and a nil Cache keeps none.
func (c *Cache) add(images string, codec Info, p Point) error {
	if c == nil || codec.Version == "" {
		return nil
	}
	c.entries = append(c.entries, cached{images, codec.Name, codec.Version, p})
	return atomicfile.Write(c.path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		return enc.Encode(c.entries)
	})
}

// Fingerprint is the SHA-256 of the set's shape and pixels, in hexadecimal.
func Fingerprint(s *dataset.Set) string {
	h := sha256.New()
	for _, n := range []int{s.N, s.H, s.W, s.C} {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	h.Write(s.Pixels)
	return hex.EncodeToString(h.Sum(nil))
}
