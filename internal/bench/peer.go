package bench

import (
	"bufio"
	"encoding/json"
	"io"
	"time"

	"github.com/hourglass-codec/hourglass/dataset"
)

// request and answer are lines of the protocol of bench/peers/README.md.
type request struct {
	Workload
	Seconds float64 `json:"seconds"`
}

type answer struct {
	Peer    string `json:"peer"`
	Version string `json:"version"`
	Threads int    `json:"threads"`
	Workload
	Mode      string  `json:"mode"`
	Seconds   float64 `json:"seconds"`
	Images    float64 `json:"images_per_s"`
	PeakBytes int64   `json:"peak_bytes"`
}

// Peer answers the requests on r, one JSON object a line, on w: the protocol of
// bench/peers.
func Peer(r io.Reader, w io.Writer, images *dataset.Set, threads int, version string) error {
	out := json.NewEncoder(w)
	if err := out.Encode(map[string]any{"peer": "hourglass", "version": version, "threads": threads, "tasks": Tasks()}); err != nil {
		return err
	}
	machines := map[Workload]*machine{}
	defer func() {
		for _, m := range machines {
			m.close()
		}
	}()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		a, err := serve(lines.Bytes(), machines, images, threads)
		if err != nil {
			err = out.Encode(map[string]string{"error": err.Error()})
		} else {
			a.Version, a.Mode = version, Level()
			err = out.Encode(a)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// serve does one request, preparing and warming up before the clock starts.
func serve(line []byte, machines map[Workload]*machine, images *dataset.Set, threads int) (*answer, error) {
	var q request
	if err := json.Unmarshal(line, &q); err != nil {
		return nil, err
	}
	if q.Precision == "float32" {
		q.Precision = ""
	}
	m := machines[q.Workload]
	if m == nil {
		var err error
		if m, err = newMachine(q.Workload, images, threads); err != nil {
			return nil, err
		}
		machines[q.Workload] = m
		if _, _, err := repeat(100*time.Millisecond, m.step); err != nil {
			return nil, err
		}
	}
	n, elapsed, err := repeat(time.Duration(q.Seconds*float64(time.Second)), m.step)
	if err != nil {
		return nil, err
	}
	return &answer{
		Peer: "hourglass", Threads: threads, Workload: q.Workload, Seconds: elapsed.Seconds(),
		Images: float64(n) * float64(q.Batch) / elapsed.Seconds(), PeakBytes: PeakBytes(),
	}, nil
}
