package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/internal/filelock"
	"github.com/hourglass-codec/hourglass/runlog"
)

// Errors that this package's functions wrap.
var (
	// ErrExist says that something is where a new run is to have its folder.
	ErrExist = errors.New("it exists already and is not an empty folder")
	// ErrNoRun says that a folder holds no run.
	ErrNoRun = errors.New("not the folder of a run")
	// ErrBusy says that another process is training the run.
	ErrBusy = errors.New("another process is training this run")
	// ErrFinished says that a run has done all its epochs.
	ErrFinished = errors.New("the run is finished")
	// ErrDataChanged says that the images are not those that a run began with.
	ErrDataChanged = errors.New("the images are not those that the run began with")
)

// Run is a run in its folder.
type Run struct {
	dir      string
	settings Settings
}

// Create makes the folder of a new run on data, with all that is needed to
// begin it. dir may be there if it is empty. A process killed meanwhile leaves
// no such folder. program names the program and its version, for the record.
func Create(dir string, s Settings, data *dataset.Split, program string) (*Run, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if data.Train.N == 0 {
		return nil, errors.New("train: no images to train on")
	}
	if !atomicfile.Vacant(dir) {
		return nil, fmt.Errorf("train: %w", &fs.PathError{Op: "create", Path: dir, Err: ErrExist})
	}
	s.Data = fingerprint(data)
	if err := atomicfile.MakeFolder(dir, func(tmp string) error {
		return writeStart(filepath.Join(tmp, logName), s, data, program)
	}); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return &Run{dir, s}, nil
}

// writeStart writes the log of a run that has not done a step.
func writeStart(path string, s Settings, data *dataset.Split, program string) error {
	settings, err := json.Marshal(s)
	if err != nil {
		return err
	}
	w, err := runlog.Create(path)
	if err != nil {
		return err
	}
	err = w.Write(runlog.Started{
		Program: program, Runtime: platform(),
		Model: s.Model, Dataset: s.Dataset, Train: data.Train.N, Validation: data.Test.N,
		Epochs: s.Epochs, StepsPerEpoch: s.batches(data.Train).Len(), BatchSize: s.BatchSize,
		Seed: s.Seed, Settings: settings,
	})
	return errors.Join(err, w.Close())
}

// platform names the runtime and the machine.
func platform() string {
	return fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Open finds the run in a folder.
func Open(dir string) (*Run, error) {
	log, err := runlog.Read(filepath.Join(dir, logName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && log.Status == runlog.StatusEmpty {
		return nil, fmt.Errorf("train: %s: %w", dir, ErrNoRun)
	}
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	r := &Run{dir: dir}
	if err := json.Unmarshal(log.Started.Settings, &r.settings); err != nil {
		return nil, fmt.Errorf("train: %s: settings of the run: %w", r.LogPath(), err)
	}
	if err := r.settings.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.LogPath(), err)
	}
	return r, nil
}

// lock keeps other processes from training the run until it is closed.
func (r *Run) lock() (*filelock.Lock, error) {
	l, err := filelock.Try(filepath.Join(r.dir, lockName))
	switch {
	case err == filelock.ErrLocked:
		return nil, fmt.Errorf("train: %s: %w", r.dir, ErrBusy)
	case err != nil:
		return nil, fmt.Errorf("train: %w", err)
	}
	return l, nil
}

// Names of what a run's folder holds.
const (
	logName       = "log.jsonl"
	bestName      = "best.safetensors"
	modelName     = "model.safetensors"
	checkpointDir = "checkpoints"
	lockName      = ".lock"
)

// Dir returns the run's folder.
func (r *Run) Dir() string { return r.dir }

// Settings returns the run's settings.
func (r *Run) Settings() Settings { return r.settings }

// LogPath returns the path of the run log.
func (r *Run) LogPath() string { return filepath.Join(r.dir, logName) }

// BestPath returns the path of the model with the lowest validation loss (or
// training loss, where there is nothing to validate on). It is there once an
// epoch is done.
func (r *Run) BestPath() string { return filepath.Join(r.dir, bestName) }

// ModelPath returns the path of the model at the end of the run.
func (r *Run) ModelPath() string { return filepath.Join(r.dir, modelName) }

// CheckpointPath returns the path of the last checkpoint: a safetensors file
// that has the weights beside all else.
func (r *Run) CheckpointPath() (string, error) {
	all, err := store{filepath.Join(r.dir, checkpointDir)}.list()
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fmt.Errorf("train: %s has no checkpoint", r.dir)
	}
	return all[len(all)-1], nil
}

// Log reads the run log.
func (r *Run) Log() (*runlog.Log, error) { return runlog.Read(r.LogPath()) }

// relative returns a path in the run's folder as the run log gives it.
func (r *Run) relative(path string) string {
	rel, err := filepath.Rel(r.dir, path)
	if path == "" || err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}
