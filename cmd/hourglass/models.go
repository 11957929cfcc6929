package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

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
	Input       []int   `json:"input"` // (H, W, C)
	Code        []int   `json:"code"`  // (D) or (H, W, C)
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
	return infos
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s %g\n", m.Name, dims(m.Input), dims(m.Code),
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
