package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/hourglass-codec/hourglass/dataset"
)

// Settings are what decides the outcome of a run. They are kept in the run log
// and never change.
type Settings struct {
	Model        string  `json:"model"`         // name of the model
	Dataset      string  `json:"dataset"`       // name of the set, or its absolute path
	Limit        int     `json:"limit"`         // at most so many images to train on, and to test with; 0: all
	Epochs       int     `json:"epochs"`        // at least 1
	BatchSize    int     `json:"batch_size"`    // at least 1
	LearningRate float64 `json:"learning_rate"` // above 0
	Seed         uint64  `json:"seed,string"`   // of the initial weights and the order of images

	// Precision is that in which the learner multiplies: "" or "bf16". With
	// bf16 the outcome depends on the machine too.
	Precision string `json:"precision,omitempty"`

	// Quality is the one quality setting that a codec is trained for; 0: all.
	Quality int `json:"quality,omitempty"`
	// Rounded is the share of the run, at its end, in which a codec learns with
	// rounded latents.
	Rounded float64 `json:"rounded,omitempty"`

	// From is the file of weights that the run began with, of FromSHA256;
	// empty for weights drawn by Seed.
	From       string `json:"from,omitempty"`
	FromSHA256 string `json:"from_sha256,omitempty"`

	// Data is the fingerprint of the images, which [Create] fills in: a run
	// is only resumed on the very images that it began with.
	Data string `json:"data_sha256"`
}

// check returns an error that says which setting is out of range.
func (s Settings) check() error {
	switch {
	case s.Epochs < 1:
		return fmt.Errorf("train: %d epochs: at least 1 is needed", s.Epochs)
	case s.BatchSize < 1:
		return fmt.Errorf("train: batches of %d images: at least 1 is needed", s.BatchSize)
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return fmt.Errorf("train: a learning rate of %v: it must be above 0", s.LearningRate)
	case s.Precision != "" && s.Precision != "bf16":
		return fmt.Errorf("train: there is no precision %q: it is float32, or bf16", s.Precision)
	}
	return nil
}

// batches returns the training batches of a run on set.
func (s Settings) batches(set *dataset.Set) *dataset.Batches {
	return dataset.NewBatches(set, dataset.BatchOptions{Size: s.BatchSize, Shuffle: true, Seed: s.Seed})
}

// fingerprint returns the SHA-256 of the shapes and pixels of both sets, in
// hexadecimal. Labels take no part in training.
func fingerprint(data *dataset.Split) string {
	h := sha256.New()
	for _, s := range []*dataset.Set{data.Train, data.Test} {
		for _, d := range []int{s.N, s.H, s.W, s.C} {
			binary.Write(h, binary.LittleEndian, uint64(d)) // a hash never fails
		}
		h.Write(s.Pixels)
	}
	return hex.EncodeToString(h.Sum(nil))
}
