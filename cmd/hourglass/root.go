package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// program is what all commands share.
type program struct {
	in       io.Reader
	out, err io.Writer // results; progress and remarks
	verbose  bool
}

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "hourglass",
		Short: "Train autoencoders on images and see what they learned",
		Long: `Hourglass trains autoencoders: networks that squeeze an image through a few
numbers, its code, and draw it again from them.

Begin with "hourglass demo": it needs no data and no arguments.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.PersistentFlags().BoolVarP(&p.verbose, "verbose", "v", false, "say where data is found and what is passed over")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &adviceError{err, fmt.Sprintf("see %s --help", c.CommandPath())}
	})
	root.AddCommand(
		p.demoCommand(), p.trainCommand(), p.evaluateCommand(), p.predictCommand(), p.plotCommand(),
		p.modelsCommand(), p.summaryCommand(), p.datasetsCommand(), p.benchCommand(),
		p.encodeCommand(), p.decodeCommand(), p.packCommand(), p.unpackCommand(), p.inspectCommand(), p.verifyCommand(), p.evalCommand(),
		p.versionCommand(),
	)
	return root
}

// logger returns where packages log to.
func (p *program) logger() *slog.Logger {
	if !p.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// remark tells the user something that is no result.
func (p *program) remark(format string, args ...any) {
	fmt.Fprintf(p.err, format+"\n", args...)
}

// printJSON writes v to the output, indented.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// jsonFlag adds the flag --json.
func jsonFlag(c *cobra.Command, v *bool) {
	c.Flags().BoolVar(v, "json", false, "print JSON")
}
