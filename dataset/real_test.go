package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// dataDir returns the folder with the real sets, or skips the test.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(EnvDir)
	if dir == "" {
		t.Skipf("%s is not set: it names a folder with mnist, fashion-mnist, kodak and photos", EnvDir)
	}
	return dir
}

func sum(pixels []uint8) (total int64) {
	for _, p := range pixels {
		total += int64(p)
	}
	return total
}

func TestRealMNIST(t *testing.T) {
	dir := dataDir(t)
	tests := []struct {
		name              string
		trainLabels       []int
		testLabels        []int
		trainSum, testSum int64 // of all pixels
		firstTest         string
	}{
		{NameMNIST, []int{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}, []int{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}, 1567298545, 264923200, "7"},
		{NameFashionMNIST, []int{9, 0, 0, 3, 0, 2, 7, 2, 5, 5}, []int{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}, 3431114169, 573469082, "Ankle boot"},
	}
	for _, tt := range tests {
		s, err := Open(t.Context(), tt.name, Options{Dirs: []string{dir}, Cache: t.TempDir(), Offline: true})
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Train.N != 60000 || s.Test.N != 10000 || s.Train.Size() != 784 || s.Train.C != 1 {
			t.Errorf("%s: %d and %d images, %d samples each", tt.name, s.Train.N, s.Test.N, s.Train.Size())
		}
		if !slices.Equal(s.Train.Labels[:10], tt.trainLabels) || !slices.Equal(s.Test.Labels[:10], tt.testLabels) {
			t.Errorf("%s: labels begin %v and %v", tt.name, s.Train.Labels[:10], s.Test.Labels[:10])
		}
		// MNIST's mean training pixel is the well-known 0.1307 of 255,
		// Fashion-MNIST's 0.2860.
		if train, test := sum(s.Train.Pixels), sum(s.Test.Pixels); train != tt.trainSum || test != tt.testSum {
			t.Errorf("%s: the pixels' sums are %d and %d, want %d and %d", tt.name, train, test, tt.trainSum, tt.testSum)
		}
		if class := s.Test.Class(0); class != tt.firstTest {
			t.Errorf("%s: the first test image is %q, want %q", tt.name, class, tt.firstTest)
		}
	}
}

// The sums that downloads are checked against are those of the real files.
func TestRealChecksums(t *testing.T) {
	dir := dataDir(t)
	for _, p := range publications() {
		for _, f := range p.files {
			data, err := os.ReadFile(filepath.Join(dir, p.name, f.Name))
			if err != nil {
				t.Error(err)
				continue
			}
			if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != f.SHA256 || int64(len(data)) != f.Size {
				t.Errorf("%s/%s: %d bytes with SHA-256 %x", p.name, f.Name, len(data), got)
			}
		}
	}
}

func TestRealPhotographs(t *testing.T) {
	dir := dataDir(t)
	tests := []struct {
		folder, digest string
		o              FolderOptions
		n              int
	}{
		{"kodak", "22f8c59d8fe6fd75", FolderOptions{H: 512, W: 512, Fit: Crop}, 24},
		{"kodak", "90e9a282c875660d", FolderOptions{H: 64, W: 96, Grey: true}, 24},
	}
	for _, tt := range tests {
		s, err := ReadFolder(t.Context(), os.DirFS(filepath.Join(dir, tt.folder)), tt.o)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.N != tt.n || s.H != tt.o.H || s.W != tt.o.W {
			t.Errorf("%s: %d images of %dx%d", tt.folder, s.N, s.W, s.H)
		}
		if got := digest(s); got != tt.digest {
			t.Errorf("%s, %+v: digest %s, want %s", tt.folder, tt.o, got, tt.digest)
		}
	}
}
