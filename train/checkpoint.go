package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// ErrDamaged says that a checkpoint's bytes are not those that were written.
var ErrDamaged = errors.New("damaged checkpoint")

// Keys of a checkpoint's metadata.
const (
	keyPosition = "hourglass.train.position" // a position as JSON
	keySum      = "hourglass.train.sha256"   // see checksum
)

const (
	checkpointExt   = ".safetensors"
	keptCheckpoints = 2
)

// store is the folder of a run's checkpoints.
type store struct{ dir string }

// save writes a checkpoint and removes all but the last two.
func (s store) save(state []*graph.Variable, at position) (path string, err error) {
	path = filepath.Join(s.dir, fmt.Sprintf("%012d%s", at.Step, checkpointExt))
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return "", fmt.Errorf("train: writing a checkpoint: %w", err)
	}
	write := func(w io.Writer) error { return encodeCheckpoint(w, state, at) }
	if err := atomicfile.Write(path, write); err != nil {
		return "", fmt.Errorf("train: writing a checkpoint: %w", err)
	}
	return path, s.prune()
}

// prune removes old checkpoints and what a killed process left half-written.
func (s store) prune() error {
	paths, err := s.list()
	if err != nil {
		return err
	}
	leftovers, err := atomicfile.Leftovers(s.dir)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	old := paths[:max(0, len(paths)-keptCheckpoints)]
	for _, path := range slices.Concat(old, leftovers) {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("train: removing an old checkpoint: %w", err)
		}
	}
	return nil
}

// list returns the paths of all checkpoints, the newest last.
func (s store) list() ([]string, error) {
	entries, err := os.ReadDir(s.dir) // sorted
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("train: %w", err)
	}
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), checkpointExt) {
			paths = append(paths, filepath.Join(s.dir, e.Name()))
		}
	}
	return paths, nil
}

// restore gives the learner and the position the values of the newest sound
// checkpoint and returns its path; without any checkpoint it does nothing.
func (s store) restore(l Learner, at *position, log *slog.Logger) (path string, err error) {
	paths, err := s.list()
	if err != nil {
		return "", err
	}
	for _, path := range slices.Backward(paths) {
		err := load(path, l, at)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, ErrDamaged) {
			return "", err
		}
		log.Warn("checkpoint passed over", "error", err)
	}
	if len(paths) > 0 {
		return "", fmt.Errorf("train: all checkpoints in %s are damaged: remove that folder to begin the run again", s.dir)
	}
	return "", nil
}

// load restores the checkpoint at path.
func load(path string, l Learner, at *position) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	defer f.Close()
	state := l.State()
	p, values, err := decodeCheckpoint(f, state)
	if err != nil {
		return fmt.Errorf("train: %s: %w", path, err)
	}
	for i, v := range state {
		copy(v.Value().Data, values[i])
	}
	l.SetStepCount(p.Step)
	*at = p
	return nil
}

// encodeCheckpoint writes a checkpoint.
func encodeCheckpoint(w io.Writer, state []*graph.Variable, at position) error {
	where, err := json.Marshal(at)
	if err != nil {
		return err
	}
	f := &safetensors.File{Metadata: map[string]string{keyPosition: string(where)}}
	for _, v := range state {
		f.Tensors = append(f.Tensors, safetensors.FromFloat32(v.Name(), v.Shape(), v.Value().Data))
	}
	f.Metadata[keySum] = checksum(f)
	return safetensors.Write(w, f)
}

// headerRoom bounds a checkpoint's size beyond the values themselves.
const headerRoom = 1 << 20

// decodeCheckpoint reads a checkpoint of variables like state, which it leaves
// alone. The error wraps [ErrDamaged], or says why a sound checkpoint does not
// fit.
func decodeCheckpoint(r io.Reader, state []*graph.Variable) (at position, values [][]float32, err error) {
	limit := headerRoom
	for _, v := range state {
		limit += 4 * v.Shape().Elements()
	}
	f, err := safetensors.Read(r, limit)
	if err != nil {
		return at, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.Metadata[keySum] != checksum(f) {
		return at, nil, fmt.Errorf("%w: its checksum does not match", ErrDamaged)
	}
	if err := json.Unmarshal([]byte(f.Metadata[keyPosition]), &at); err != nil {
		return at, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(f.Tensors) != len(state) {
		return at, nil, fmt.Errorf("a checkpoint of %d variables, the model has %d", len(f.Tensors), len(state))
	}
	for _, v := range state {
		t := f.Tensor(v.Name())
		if t == nil || !v.Shape().Equal(t.Shape) {
			return at, nil, fmt.Errorf("the checkpoint has no %s of shape %v", v.Name(), v.Shape())
		}
		data, err := t.Float32()
		if err != nil {
			return at, nil, err
		}
		values = append(values, data)
	}
	return at, values, nil
}

// checksum returns the SHA-256 of the position and of each tensor's name, shape
// and data in their order, texts and shapes preceded by their lengths.
func checksum(f *safetensors.File) string {
	h := sha256.New()
	number := func(n int) {
		binary.Write(h, binary.LittleEndian, uint64(n)) // a hash never fails
	}
	text := func(s string) {
		number(len(s))
		io.WriteString(h, s)
	}
	text(f.Metadata[keyPosition])
	for _, t := range f.Tensors {
		text(t.Name)
		number(len(t.Shape))
		for _, d := range t.Shape {
			number(d)
		}
		h.Write(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
