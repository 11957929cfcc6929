package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
)

func (p *program) datasetsCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "datasets",
		Short: "List the image sets and whether they are on this machine",
		Long: `Datasets lists the sets that are known by name. They are looked for in --data,
in $` + dataset.EnvDir + ` and in the user's cache, and downloaded to the cache when a
command needs one. "hourglass datasets get" downloads one beforehand.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			infos, err := p.datasetInfos(c.Context(), dir)
			if err != nil {
				return err
			}
			if asJSON {
				return p.printJSON(infos)
			}
			return p.printDatasets(infos)
		},
	}
	c.PersistentFlags().StringVar(&dir, "data", "", "folder that has the sets already (default: $"+dataset.EnvDir+")")
	jsonFlag(c, &asJSON)
	c.AddCommand(p.datasetsGetCommand(&dir))
	return c
}

func (p *program) datasetsGetCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:       "get SET",
		Short:     "Make sure that a set is on this machine",
		Example:   "  hourglass datasets get fashion-mnist",
		Args:      oneArgument("the name of a set (see: hourglass datasets)"),
		ValidArgs: datasetNames(),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.openAny(c.Context(), dataFlags{name: args[0], dir: *dir}, dataset.Options{})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.out, "%s: %s images to train on, %s to test with, %s\n", args[0],
				thousands(int64(s.Train.N)), thousands(int64(s.Test.N)), dims([]int{s.Train.H, s.Train.W, s.Train.C}))
			return err
		},
	}
}

// datasetInfo is a set as JSON.
type datasetInfo struct {
	Name    string   `json:"name"`
	Here    bool     `json:"here"` // on this machine
	Train   int      `json:"train,omitempty"`
	Test    int      `json:"test,omitempty"`
	Shape   []int    `json:"shape,omitempty"` // of an image: (H, W, C)
	Classes []string `json:"classes,omitempty"`
	Problem string   `json:"problem,omitempty"` // of files that cannot be read
}

// datasetInfos looks for all sets on this machine.
func (p *program) datasetInfos(ctx context.Context, dir string) (infos []datasetInfo, err error) {
	for _, name := range datasetNames() {
		// One glyph tells of all; drawing them takes time.
		o := dataset.Options{Offline: true, Glyphs: dataset.GlyphOptions{Train: 1, Test: 1}}
		s, err := p.openAny(ctx, dataFlags{name: name, dir: dir}, o)
		info := datasetInfo{Name: name, Here: err == nil}
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err == nil:
			t := s.Train
			info.Train, info.Test, info.Shape, info.Classes = t.N, s.Test.N, []int{t.H, t.W, t.C}, t.Classes
			if name == dataset.NameGlyphs {
				info.Train, info.Test = glyphsTrain, glyphsTest
			}
		case !errors.Is(err, dataset.ErrNotFound):
			info.Problem = err.Error()
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func (p *program) printDatasets(infos []datasetInfo) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "SET\tTRAIN\tTEST\tIMAGE\tCLASSES\tWHERE")
	for _, i := range infos {
		switch {
		case i.Problem != "":
			fmt.Fprintf(w, "%s\t\t\t\t\t%s\n", i.Name, i.Problem)
		case !i.Here:
			fmt.Fprintf(w, "%s\t\t\t\t\tnot on this machine; downloaded when needed\n", i.Name)
		default:
			where := "on this machine"
			if i.Name == dataset.NameGlyphs {
				where = "built in"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", i.Name, thousands(int64(i.Train)), thousands(int64(i.Test)),
				dims(i.Shape), len(i.Classes), where)
		}
	}
	return w.Flush()
}
