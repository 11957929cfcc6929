package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/builtin"
	"github.com/hourglass-codec/hourglass/internal/container"
)

func (p *program) inspectCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what is in an .hgi, .hga or model file and what takes the bytes",
		Long: `Inspect shows what is in a file and how many bytes each part of it takes. It
decodes nothing, so that it needs no model, and reads also an archive that is
damaged or was not completed.`,
		Example: "  hourglass inspect thumbs.hga",
		Args:    oneArgument(`an .hgi, .hga or model file, or "-"`),
		RunE: func(_ *cobra.Command, args []string) error {
			in, err := p.openSeekable(args[0])
			if err != nil {
				return err
			}
			defer in.close()
			i, err := in.inspect()
			if err != nil {
				return fmt.Errorf("%s: %w", inputName(args[0]), err)
			}
			i.File = inputName(args[0])
			if asJSON {
				return p.printJSON(i)
			}
			return p.printInspection(i)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// inspection is what a file holds, as JSON.
type inspection struct {
	File      string       `json:"file"`
	Kind      string       `json:"kind"` // image, archive, model
	Bytes     int64        `json:"bytes"`
	Model     string       `json:"model"`      // ID; of an image its beginning
	ModelName string       `json:"model_name"` // if it is built in
	Embedded  bool         `json:"embedded"`   // the model is in the file
	Shape     []int        `json:"shape"`      // (H, W, C)
	Quality   int          `json:"quality,omitempty"`
	Images    int          `json:"images,omitempty"` // of an archive
	Blocks    int          `json:"blocks,omitempty"`
	BlockSize int          `json:"block_size,omitempty"`
	Names     bool         `json:"names,omitempty"`
	Labels    bool         `json:"labels,omitempty"`
	Parts     []partInfo   `json:"parts"`
	Damages   []damageInfo `json:"damages,omitempty"`
}

// partInfo is a part of a file as JSON.
type partInfo struct {
	Part  string `json:"part"`
	Bytes int64  `json:"bytes"`
}

func (s *seekable) inspect() (*inspection, error) {
	kind, err := s.kind()
	switch {
	case err != nil:
		return nil, err
	case kind == kindImage:
		return s.inspectImage()
	case kind == kindArchive:
		return s.inspectArchive()
	}
	return s.inspectModel()
}

func (s *seekable) inspectImage() (*inspection, error) {
	m, err := container.ReadImage(s.reader(), nil)
	if err != nil {
		return nil, err
	}
	i := &inspection{
		Kind: kindImage, Bytes: s.size, Model: m.Model.String(), ModelName: builtinName(m.Model),
		Shape: []int{m.Shape.Height, m.Shape.Width, m.Shape.Channels}, Quality: int(m.Quality),
	}
	model, other := 0, 0
	for _, c := range m.Chunks {
		if c.Type == container.ChunkModel {
			model += len(c.Data)
		} else {
			other += len(c.Data)
		}
	}
	i.Embedded = model > 0
	i.Parts = []partInfo{
		{"model", int64(model)}, {"other chunks", int64(other)}, {"payload", int64(len(m.Payload))},
		{"header and checksums", s.size - int64(model+other+len(m.Payload))},
	}
	return i, nil
}

// builtinName returns the name of the built-in model that a short ID is of, or
// "".
func builtinName(id container.ShortID) string {
	for _, name := range builtin.Names() {
		if m, err := builtin.Model(name); err == nil && container.ModelID(m.ID()).Short() == id {
			return name
		}
	}
	return ""
}

func (s *seekable) inspectArchive() (*inspection, error) {
	r, err := container.Open(s, s.size, nil)
	var damages []*container.Damage
	if err != nil && isDamage(err) {
		r, damages, err = container.Recover(s, s.size, nil)
	}
	if err != nil {
		return nil, err
	}
	h := r.Header()
	i := &inspection{
		Kind: kindArchive, Bytes: s.size, Model: h.Model.String(), ModelName: builtin.NameOf(hourglass.ModelID(h.Model)),
		Shape: []int{h.Shape.Height, h.Shape.Width, h.Shape.Channels}, Quality: int(h.Quality),
		Images: r.Len(), Blocks: r.Blocks(), BlockSize: h.BlockSize, Names: h.Names, Labels: h.Labels,
	}
	for _, d := range damages {
		i.Damages = append(i.Damages, damageInfo{d.Offset, d.Length, d.First, d.Images, d.Err.Error()})
	}
	model, err := r.EmbeddedModel()
	if err != nil && !errors.Is(err, container.ErrUnknownModel) && !isDamage(err) {
		return nil, err
	}
	i.Embedded = err == nil
	i.Parts = archiveParts(r.Sizes(), int64(len(model)), len(damages) > 0)
	return i, nil
}

func archiveParts(z container.Sizes, model int64, damaged bool) []partInfo {
	rest := "index"
	if damaged {
		rest = "index and damaged parts"
	}
	framing := z.Framing
	if model > 0 {
		framing += int64(container.ChunkSize(int(model))) - model
	}
	return []partInfo{
		{"header", z.Header}, {"model", model}, {"other chunks", z.Chunks - model - (framing - z.Framing)},
		{"names and labels", z.Infos}, {"payloads", z.Payloads}, {"lengths and checksums", framing}, {rest, z.Rest},
	}
}

func (s *seekable) inspectModel() (*inspection, error) {
	m, err := s.model()
	if err != nil {
		return nil, fmt.Errorf("it is neither an .hgi nor an .hga file, and as a model file: %w", err)
	}
	return &inspection{
		Kind: "model", Bytes: s.size, Model: m.ID().String(), ModelName: builtin.NameOf(m.ID()), Shape: modelShape(m),
		Parts: []partInfo{{"model", s.size}},
	}, nil
}

func (p *program) printInspection(i *inspection) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\n", i.Kind, i.File)
	if i.Kind == kindArchive {
		fmt.Fprintf(w, "images\t%s in %s blocks of up to %d\n", thousands(int64(i.Images)), thousands(int64(i.Blocks)), i.BlockSize)
		fmt.Fprintf(w, "names, labels\t%s, %s\n", yesNo(i.Names), yesNo(i.Labels))
	}
	fmt.Fprintf(w, "shape\t%s (rows x columns x channels)\n", dims(i.Shape))
	if i.Quality > 0 {
		fmt.Fprintf(w, "quality\t%d\n", i.Quality)
	}
	model := i.Model
	if i.ModelName != "" {
		model = i.ModelName + ", " + model
	}
	if i.Embedded {
		model += ", in the file"
	}
	fmt.Fprintf(w, "model\t%s\n\n", model)
	if err := w.Flush(); err != nil {
		return err
	}
	if err := p.printParts(i); err != nil {
		return err
	}
	for _, d := range i.Damages {
		p.remark("damaged: %s (%d bytes, %d images lost)", d.Error, d.Length, d.Images)
	}
	return nil
}

// printParts prints what takes the bytes, without what takes none.
func (p *program) printParts(i *inspection) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "PART\tBYTES\tSHARE\tAN IMAGE\t")
	for _, part := range append(i.Parts, partInfo{"all", i.Bytes}) {
		if part.Bytes == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f %%\t%.3f\t\n", part.Part, thousands(part.Bytes),
			100*float64(part.Bytes)/float64(i.Bytes), float64(part.Bytes)/float64(max(i.Images, 1)))
	}
	return w.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
