package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Float is a number that may be NaN or infinite, which JSON writes as the
// strings "NaN", "Infinity" and "-Infinity" (JavaScript's Number reads them).
type Float float64

// MarshalJSON implements [json.Marshaler].
func (f Float) MarshalJSON() ([]byte, error) {
	switch v := float64(f); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Float) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"NaN"`:
		*f = Float(math.NaN())
	case `"Infinity"`:
		*f = Float(math.Inf(1))
	case `"-Infinity"`:
		*f = Float(math.Inf(-1))
	default:
		v, err := strconv.ParseFloat(string(data), 64)
		if err != nil {
			return fmt.Errorf("%.40s is not a number", data)
		}
		*f = Float(v)
	}
	return nil
}

// line is the envelope around an event.
type line struct {
	Version int             `json:"v"`
	Time    time.Time       `json:"time"`
	Event   string          `json:"event"`
	Data    json.RawMessage `json:"data"`
}

// encode returns an event's line with its newline.
func encode(e Event) ([]byte, error) {
	if e.Body == nil {
		panic("runlog: event without a body")
	}
	var data any = e.Body
	if u, ok := e.Body.(Unknown); ok {
		data = u.Data
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("runlog: %s event: %w", e.Body.kind(), err)
	}
	out, err := json.Marshal(line{Version, e.Time.UTC(), e.Body.kind(), raw})
	if err != nil {
		return nil, fmt.Errorf("runlog: %s event: %w", e.Body.kind(), err)
	}
	out = append(out, '\n')
	if len(out) > MaxLine {
		return nil, fmt.Errorf("runlog: %s event: %w", e.Body.kind(), ErrTooLong)
	}
	return out, nil
}

// decode reads a line without its newline.
func decode(text []byte) (Event, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return Event{}, err
	}
	switch {
	case l.Version > Version:
		return Event{}, fmt.Errorf("%w: %d, this program reads up to %d", ErrVersion, l.Version, Version)
	case l.Version < 1 || l.Event == "":
		return Event{}, errors.New("not an event: no version or no kind")
	}
	at := l.Time.UTC()
	if year := at.Year(); year < 0 || year > 9999 {
		return Event{}, fmt.Errorf("time in the year %d", year)
	}
	body, err := decodeBody(l.Event, l.Data)
	if err != nil {
		return Event{}, fmt.Errorf("%s event: %w", l.Event, err)
	}
	if body.position() < 0 {
		return Event{}, fmt.Errorf("%s event at step %d", l.Event, body.position())
	}
	return Event{at, body}, nil
}

func decodeBody(kind string, data json.RawMessage) (Body, error) {
	switch kind {
	case Started{}.kind():
		return unmarshal[Started](data)
	case Resumed{}.kind():
		return unmarshal[Resumed](data)
	case Step{}.kind():
		return unmarshal[Step](data)
	case Epoch{}.kind():
		return unmarshal[Epoch](data)
	case Checkpoint{}.kind():
		return unmarshal[Checkpoint](data)
	case Picture{}.kind():
		return unmarshal[Picture](data)
	case Note{}.kind():
		return unmarshal[Note](data)
	case Finished{}.kind():
		return unmarshal[Finished](data)
	case Stopped{}.kind():
		return unmarshal[Stopped](data)
	}
	return Unknown{kind, bytes.Clone(data)}, nil
}

func unmarshal[T Body](data json.RawMessage) (Body, error) {
	var body T
	if len(data) == 0 || data[0] != '{' {
		return nil, errors.New("data is not an object")
	}
	err := json.Unmarshal(data, &body)
	return body, err
}
