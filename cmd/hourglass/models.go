package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/zoo"
)

func (p *program) modelsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "models",
		Short: "List the models and how they are trained",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return p.printJSON(modelInfos())
			}
			return p.printModels()
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// modelInfo is a model as JSON.
type modelInfo struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Input       []int   `json:"input,omitempty"` // (H, W, C); a codec takes any
	Code        []int   `json:"code,omitempty"`  // (D) or (H, W, C); a codec's is of as many bits as it takes
	Parameters  int     `json:"parameters"`
	Dataset     string  `json:"dataset"`
	Epochs      int     `json:"epochs"`
	BatchSize   int     `json:"batch_size"`
	Optimizer   string  `json:"optimizer"`
	Rate        float64 `json:"learning_rate"`
	Loss        string  `json:"loss"`
}

func modelInfos() (infos []modelInfo) {
	for _, e := range zoo.Entries() {
		infos = append(infos, modelInfo{
			e.Name, e.Description, e.Input, e.Code, parameters(e), e.Dataset, e.Epochs, e.BatchSize,
			e.Optimizer, e.LearningRate, e.Loss,
		})
	}
	for _, c := range zoo.Codecs() {
		infos = append(infos, modelInfo{
			Name: c.Name, Description: c.Description, Parameters: codecParameters(c), Dataset: c.Dataset,
			Epochs: c.Epochs, BatchSize: c.BatchSize, Optimizer: "Adam", Rate: c.LearningRate, Loss: "rate and distortion",
		})
	}
	return infos
}

// codecParameters returns the number of weights of a codec for grey images of
// 28x28 pixels.
func codecParameters(c zoo.Codec) (n int) {
	for _, v := range codec.NewNetwork(c.Config(28, 28, 1), 0).Variables() {
		n += v.Shape().Elements()
	}
	return n
}

// parameters returns the number of weights of a model.
func parameters(e zoo.Entry) (n int) {
	m := e.New(zoo.Options{Threads: 1})
	defer m.Close()
	for _, v := range m.Weights() {
		n += v.Shape().Elements()
	}
	return n
}

func (p *program) printModels() error {
	w := tabwriter.NewWriter(p.out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "MODEL\tIMAGE\tCODE\tWEIGHTS\tDATA\tEPOCHS\tBATCH\tOPTIMISER")
	for _, m := range modelInfos() {
		image, code := "any", "bits"
		if m.Input != nil {
			image, code = dims(m.Input), dims(m.Code)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s %g\n", m.Name, image, code,
			thousands(int64(m.Parameters)), m.Dataset, m.Epochs, m.BatchSize, m.Optimizer, m.Rate)
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		return err
	}
	for _, m := range modelInfos() {
		fmt.Fprintf(w, "%s\t%s\n", m.Name, m.Description)
	}
	return w.Flush()
}
