package main

import (
	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/zoo"
)

func (p *program) summaryCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "summary MODEL",
		Short:             "Show a model's layers, shapes and numbers of weights",
		Example:           "  hourglass summary dense-2",
		Args:              oneArgument("the name of a model (see: hourglass models)"),
		ValidArgsFunction: oneOf(modelNames()),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := lookup(args[0])
			if err != nil {
				return err
			}
			m := e.New(zoo.Options{Threads: 1})
			defer m.Close()
			return m.Summary(p.out)
		},
	}
}
